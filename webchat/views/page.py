"""The page: everything its templates show, gathered with a constant number of queries."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from webchat.forms.message import ASPECT_RATIOS
from webchat.generation import metering, transcript
from webchat.generation.transcript import NEWEST, Place
from webchat.models import Conversation, Message
from webchat.views.offers import OfferGroup, chosen, offers
from webchat.views.people import person, seen_in_own_time
from webchat.views.sidebar import sidebar_context
from webchat.views.strings import strings

MODULES = ("js/page.js", "js/dom.js", "js/socket.js", "js/composer.js")
LIVE_MODULES = ("js/transcript.js", "js/answer.js", "js/blocks.js")


@dataclass(frozen=True)
class Unsent:
    """A message that was refused: it goes back into the composer, with the reason."""

    problem: str
    text: str = ""
    choice: str = ""


def message_context(
    conversation: Conversation, place: Place, *, fragment: bool = False
) -> dict[str, Any]:
    """What `_messages.html` shows: one page of the transcript, and where its neighbours are."""
    page = transcript.page(conversation, place)
    url = reverse("conversation", args=[conversation.pk])
    fragments = reverse("messages", args=[conversation.pk])
    context: dict[str, Any] = {"messages": page.messages, "latest_url": url}
    if page.has_older and not (fragment and place.after):
        query = f"?before={page.first}"
        context |= {"older_url": url + query, "older_fragment": fragments + query}
    if fragment and place.before:
        return context
    if page.has_newer:
        query = f"?after={page.last}"
        context |= {"later_url": url + query, "later_fragment": fragments + query}
    return context | {"is_aside": page.is_aside and not page.has_newer}


def _running(messages: Sequence[Message]) -> Message | None:
    return next((message for message in reversed(messages) if message.is_streaming), None)


def _refresh_context(request: HttpRequest, conversation: Conversation) -> dict[str, str]:
    """A page without scripts loads itself anew while an answer grows, until it is told not to."""
    url = reverse("conversation", args=[conversation.pk])
    still = request.GET.get("refresh") == "off"
    return {
        "refresh_url": "" if still else url,
        "still_url": f"{url}?refresh=off",
        "renew_url": f"{url}?refresh=off",
    }


def _composer_context(
    request: HttpRequest, conversation: Conversation | None, unsent: Unsent | None
) -> dict[str, Any]:
    offered = offers(person(request))
    groups: list[OfferGroup] = [group for _choice, group in offered]
    choice = chosen(offered, conversation, unsent.choice if unsent else "")
    no_offer = _("No provider is set up yet. An administrator can add one.")
    return {
        "offers": groups,
        "chosen": choice,
        "route": choice.group.route if choice else no_offer,
        "any_images": any(model.makes_images for group in groups for model in group.models),
        "aspect_ratios": ASPECT_RATIOS,
        "client_id": uuid.uuid4(),
        "action_id": uuid.uuid4(),
        "draft": unsent.text if unsent else "",
        "problem": unsent.problem if unsent else "",
        "budget": metering.budget(person(request)),
    }


def suggestions() -> list[dict[str, str]]:
    """First questions that show something with any model."""
    return [
        {"icon": "sparkles", "text": _("Show me what you can do")},
        {"icon": "lightbulb", "text": _("Explain the golden ratio with a formula")},
        {"icon": "zap", "text": _("Write a small Python program and explain it")},
        {"icon": "image", "text": _("Compare tea and coffee in a table")},
    ]


@seen_in_own_time
def page_response(
    request: HttpRequest,
    conversation: Conversation | None = None,
    *,
    place: Place = NEWEST,
    unsent: Unsent | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with a conversation, or ready for a new one."""
    context = _composer_context(request, conversation, unsent) | sidebar_context(request)
    context |= {
        "conversation": conversation,
        "strings": strings(),
        "modules": MODULES,
        "current": None,
        "messages": (),  # of the conversation; what Django calls so waits for another page
    }
    if conversation is None:
        context |= {"greeting": _("What is on your mind?"), "suggestions": suggestions()}
    else:
        context |= message_context(conversation, place)
        context["current"] = conversation.pk
        if (running := _running(context["messages"])) is not None:
            context |= _refresh_context(request, conversation)
            context |= {"running": running, "modules": MODULES + LIVE_MODULES}
    return render(request, "chat/page.html", context, status=status)

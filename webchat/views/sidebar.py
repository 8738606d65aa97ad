"""The list of conversations: grouped by date in the person's time zone, page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from webchat.generation import conversations
from webchat.generation.cursor import Cursor
from webchat.models import Conversation
from webchat.views.people import person, seen_in_own_time


@dataclass(frozen=True)
class Group:
    """Conversations of one span of days; `key` is the same on every page of the list."""

    key: str
    label: str
    conversations: Sequence[Conversation]


def _span(day: date, today: date) -> tuple[str, str]:
    """The key and the words of the span of days that `day` belongs to."""
    age = (today - day).days
    if age <= 0:
        return "today", _("Today")
    if age == 1:
        return "yesterday", _("Yesterday")
    if age <= 7:
        return "week", _("Previous 7 days")
    if age <= 30:
        return "month", _("Previous 30 days")
    return f"{day:%Y-%m}", capfirst(date_format(day, "YEAR_MONTH_FORMAT"))


def grouped(found: Sequence[Conversation], zone: ZoneInfo, now: datetime) -> Iterator[Group]:
    """The conversations, newest first, in groups by their last activity."""
    today = now.astimezone(zone).date()

    def span(conversation: Conversation) -> tuple[str, str]:
        return _span(conversation.active_at.astimezone(zone).date(), today)

    for (key, label), members in groupby(found, span):
        yield Group(key, label, list(members))


def sidebar_context(request: HttpRequest) -> dict[str, Any]:
    """What `_groups.html` shows: one page of the list, and where the next one is."""
    page = conversations.sidebar(person(request), Cursor.read(request.GET.get("after", "")))
    zone = timezone.get_current_timezone()
    context: dict[str, Any] = {
        "groups": list(grouped(page.conversations, ZoneInfo(str(zone)), timezone.now()))
    }
    if page.has_more:
        query = urlencode({"after": Cursor.at(page.conversations[-1])})
        context["more_url"] = f"{reverse('home')}?{query}"
        context["more_fragment"] = f"{reverse('sidebar')}?{query}"
    return context


@require_safe
@seen_in_own_time
def more(request: HttpRequest) -> HttpResponse:
    """A further page of the list, to be put at the end of it."""
    return render(request, "chat/_groups.html", sidebar_context(request))

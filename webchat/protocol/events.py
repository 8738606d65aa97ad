"""Events: what the server tells a page. The wire is described in docs/protocol.md."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from providers.response import Source
from webchat.generation.wishes import Started
from webchat.models import Conversation, Media, Message
from webchat.protocol import fragments

Event = dict[str, Any]


def hello(release: str) -> Event:
    return {"type": "hello", "release": release}


def pong() -> Event:
    return {"type": "pong"}


def created(started: Started, client_id: UUID, messages: Sequence[Message]) -> Event:
    """An answer began; `messages` are the person's one (when it is new) and the answer."""
    conversation = started.conversation
    return {
        "type": "message.created",
        "client_id": str(client_id),
        "conversation": str(conversation.pk),
        "url": reverse("conversation", args=[conversation.pk]),
        "title": conversation.name,
        "run": str(started.run.pk),
        "message": str(started.answer.pk),
        "parent": str(started.answer.parent_id),
        "replaces": str(started.replaces) if started.replaces else None,
        "html": "".join(fragments.message(message) for message in messages),
        "item": fragments.item(conversation),
        "budget": started.budget,
    }


def sources(found: Sequence[Source]) -> str:
    return fragments.sources(found)


def images(media: Sequence[UUID]) -> str:
    found = Media.objects.in_bulk(media)
    return fragments.images([found[pk] for pk in media if pk in found])


def done(run: UUID, message: Message) -> Event:
    return {
        "type": "message.done",
        "run": str(run),
        "message": str(message.pk),
        "status": message.status,
        "html": fragments.footer(message),
    }


def done_without_message(run: UUID, message: UUID) -> Event:
    """The message was deleted while it was being written."""
    return {
        "type": "message.done",
        "run": str(run),
        "message": str(message),
        "status": Message.Status.STOPPED,
        "html": "",
    }


def conversation_updated(conversation: Conversation) -> Event:
    return {
        "type": "conversation.updated",
        "conversation": str(conversation.pk),
        "title": conversation.name,
        "item": fragments.item(conversation),
    }


def conversation_archived(conversation: UUID) -> Event:
    return {"type": "conversation.archived", "conversation": str(conversation)}


def conversation_deleted(conversation: UUID) -> Event:
    return {"type": "conversation.deleted", "conversation": str(conversation)}


def conversation_missed(conversation: UUID, last: UUID) -> Event:
    """The conversation does not end with the message the page said it shows last."""
    return {"type": "conversation.missed", "conversation": str(conversation), "last": str(last)}


def refused(
    code: str,
    message: str,
    *,
    retry_after: int | None = None,
    client_id: str | None = None,
    run: str | None = None,
) -> Event:
    return {
        "type": "command.refused",
        "code": code,
        "message": message,
        "retry_after": retry_after,
        "client_id": client_id,
        "run": run,
    }

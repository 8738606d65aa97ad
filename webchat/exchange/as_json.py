"""A conversation as JSON, with everything that is needed to bring it in again."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.utils import timezone

from webchat.exchange.stored import Stored, read_file
from webchat.models import Conversation, Media, Message, Rating
from webchat.release import RELEASE

FORMAT, VERSION = "webchat-conversation", 1

PlaceOf = Callable[[Media], str]
"""Where the file of a picture lies beside the document."""


def pieces(stored: Stored, place_of: PlaceOf | None = None) -> Iterator[str]:
    """The document, a message a line. Without `place_of` the pictures are in it, as base64."""
    yield '{"format": ' + _json(FORMAT) + f', "version": {VERSION},\n'
    yield f'"release": {_json(RELEASE)}, "exported_at": {_json(timezone.now().isoformat())},\n'
    yield f'"conversation": {_json(_conversation(stored.conversation))},\n"messages": ['
    shown = {media.pk for media in stored.pictures}
    for number, message in enumerate(stored.all_messages()):
        yield f"{',' if number else ''}\n{_json(_message(message, shown))}"
    yield '\n],\n"media": ['
    for number, media in enumerate(stored.pictures):
        yield f"{',' if number else ''}\n"
        yield from _media(media, place_of)
    yield "\n]}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _conversation(conversation: Conversation) -> dict[str, Any]:
    endpoint = conversation.endpoint
    return {
        "id": str(conversation.pk),
        "owner": conversation.owner.get_username(),
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "active_at": conversation.active_at.isoformat(),
        "endpoint": {"label": endpoint.label, "provider": endpoint.provider} if endpoint else None,
        "model": conversation.model,
        "system_prompt": conversation.system_prompt,
        "parameters": conversation.parameters,
        "pinned": conversation.pinned,
        "archived": conversation.archived,
        "active_message": _id(conversation.active_leaf_id),
    }


def _id(pk: Any) -> str | None:
    return None if pk is None else str(pk)


def _message(message: Message, shown: set[UUID]) -> dict[str, Any]:
    """Of its pictures those that are `shown`, which `media` has."""
    return {
        "id": str(message.pk),
        "parent": _id(message.parent_id),
        "role": message.role,
        "created_at": message.created_at.isoformat(),
        "text": message.text,
        "reasoning": message.reasoning,
        "reasoning_seconds": message.reasoning_seconds,
        "sources": message.sources,
        "media": [str(media.pk) for media in message.images if media.pk in shown],
        "status": message.status,
        "finish_reason": message.finish_reason,
        "provider": message.provider,
        "model": message.model,
        "usage": message.usage,
        "timings": message.timings,
        "error": message.error,
        "rating": _rating(message.own_rating),
    }


def _rating(rating: Rating | None) -> dict[str, str] | None:
    if rating is None:
        return None
    return {
        "thumb": rating.thumb,
        "reason": rating.reason,
        "comment": rating.comment,
        "rated_at": rating.rated_at.isoformat(),
    }


def _media(media: Media, place_of: PlaceOf | None) -> Iterator[str]:
    known = {
        "id": str(media.pk),
        "origin": media.origin,
        "name": media.name,
        "alt": media.alt,
        "content_type": media.content_type,
        "size": media.size,
        "sha256": media.sha256,
        "width": media.width,
        "height": media.height,
        "created_at": media.created_at.isoformat(),
    }
    if place_of is not None:
        yield _json(known | {"file": place_of(media)})
        return
    yield _json(known).removesuffix("}") + ', "data": "'
    for piece in read_file(media):
        yield base64.b64encode(piece).decode()
    yield '"}'

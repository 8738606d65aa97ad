"""Conversations into bytes and back, as the doors do it."""

import io
import json
import zipfile
from typing import Any

from webchat.exchange.incoming import Result, bring_in
from webchat.exchange.outgoing import Export, Format, archive, single
from webchat.exchange.unpack import PAGE, Limits, unpack
from webchat.models import Conversation, User


def content(export: Export) -> bytes:
    return b"".join(export.pieces)


def as_document(conversation: Conversation) -> dict[str, Any]:
    """The single JSON file."""
    found: dict[str, Any] = json.loads(content(single(conversation, Format.JSON)))
    return found


def members(export: Export) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content(export))) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


def zipped(conversations: list[Conversation], kind: Format = Format.JSON) -> dict[str, bytes]:
    return members(archive(conversations, kind, name="all"))


def import_bytes(owner: User, data: bytes, limits: Limits = PAGE, **options: Any) -> list[Result]:
    found = unpack(io.BytesIO(data), "file", limits)
    return [bring_in(owner, one, **options) for one in found]


def import_document(owner: User, document: dict[str, Any]) -> Conversation:
    """What one JSON document becomes."""
    before = set(Conversation.objects.values_list("pk", flat=True))
    [result] = import_bytes(owner, json.dumps(document).encode())
    assert result.problem == ""
    return Conversation.objects.exclude(pk__in=before).get()


def without_ids(document: dict[str, Any]) -> dict[str, Any]:
    """The document with numbers for ids, and without what every export has anew."""
    numbers = {one["id"]: f"message {place}" for place, one in enumerate(document["messages"])}
    numbers |= {one["id"]: f"picture {place}" for place, one in enumerate(document["media"])}
    told = document["conversation"]
    numbers[told["id"]] = "conversation"
    text = json.dumps({name: document[name] for name in ("conversation", "messages", "media")})
    for pk, number in numbers.items():
        text = text.replace(pk, number)
    found: dict[str, Any] = json.loads(text)
    return found

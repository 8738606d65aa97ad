"""Bringing conversations in: new rows with new ids, which belong to whoever brings them."""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from webchat.exchange.document import Document, Picture, Said
from webchat.exchange.fields import BadFile
from webchat.exchange.unpack import PICTURE_MAX, Found, ReadFile
from webchat.generation.errors import Refused
from webchat.generation.images import examine, store
from webchat.models import Conversation, Endpoint, Media, Message, Rating, User
from webchat.models.ids import uuid7

BATCH = 200  # rows of messages written at once; each may be long


@dataclass(frozen=True)
class Result:
    """What became of one conversation of a file; `problem` says why it was not brought in."""

    name: str
    title: str = ""
    messages: int = 0
    problem: str = ""


def bring_in(owner: User, found: Found, *, dry_run: bool = False) -> Result:
    """One conversation with all that belongs to it, or nothing of it."""
    document = found.document
    if document is None:
        return Result(found.name, problem=found.problem)
    try:
        with _files_kept_together(dry_run) as stored:
            _write(owner, document, found.read_file, stored)
    except BadFile as error:
        return Result(found.name, document.title, problem=str(error))
    return Result(found.name, document.title, len(document.messages))


class _Undo(Exception):
    """Everything worked, and nothing is to stay."""


@contextmanager
def _files_kept_together(undo: bool) -> Iterator[list[Media]]:
    """A transaction for rows and for the files of the pictures that are put into the list."""
    stored: list[Media] = []
    try:
        with transaction.atomic():
            yield stored
            if undo:
                raise _Undo
    except BaseException as error:
        for media in stored:
            media.file.delete(save=False)
        if not isinstance(error, _Undo):
            raise


def _write(owner: User, document: Document, read_file: ReadFile, stored: list[Media]) -> None:
    media = _store_pictures(owner, document.pictures, read_file, stored)
    # In the order of the file: of messages of the same moment the earlier one has the smaller id.
    ids = _new_ids([said.id for said in document.messages])
    conversation = Conversation.objects.create(owner=owner, **_columns(owner, document))
    messages = [_message(conversation, said, ids) for said in document.messages]
    Message.objects.bulk_create(messages, batch_size=BATCH)
    shown = [
        Message.media.through(message_id=ids[said.id], media_id=media[picture].pk)
        for said in document.messages
        for picture in dict.fromkeys(said.media)
    ]
    Message.media.through.objects.bulk_create(shown, batch_size=BATCH)
    ratings = [
        Rating(message_id=ids[said.id], owner=owner, **said.rating)
        for said in document.messages
        if said.rating is not None
    ]
    Rating.objects.bulk_create(ratings, batch_size=BATCH)
    if document.active is not None:
        conversation.active_leaf_id = ids[document.active]
        conversation.save(update_fields=["active_leaf"])


def _columns(owner: User, document: Document) -> dict[str, Any]:
    """What the file says, and what follows from its messages."""
    said = {one.id: one.columns for one in document.messages}
    newest = said.get(document.active or "", {})
    statuses = [columns["status"] for columns in said.values()]
    is_answer = newest.get("role") == Message.Role.ASSISTANT
    return document.columns | {
        "endpoint": _endpoint(owner, document.endpoint),
        "message_count": len(said),
        "state": newest["status"] if is_answer else Message.Status.COMPLETE,
        "has_errors": Message.Status.FAILED in statuses,
        "has_images": any(one.media for one in document.messages),
    }


def _endpoint(owner: User, told: tuple[str, str] | None) -> Endpoint | None:
    """The endpoint of that name here, if its new owner may use it."""
    if told is None:
        return None
    label, provider = told
    return Endpoint.objects.for_user(owner).filter(label=label, provider=provider).first()


def _message(conversation: Conversation, said: Said, ids: dict[str, UUID]) -> Message:
    """A row without HTML: whoever looks at it first has it rendered from the text."""
    parent = ids[said.parent] if said.parent is not None else None
    return Message(id=ids[said.id], conversation=conversation, parent_id=parent, **said.columns)


def _new_ids(names: list[str]) -> dict[str, UUID]:
    return dict(zip(names, sorted(uuid7() for _name in names), strict=True))


def _store_pictures(
    owner: User, pictures: list[Picture], read_file: ReadFile, stored: list[Media]
) -> dict[str, Media]:
    """Each is looked at as if it had been uploaded; what the file says of it counts for nothing."""
    ids = _new_ids([picture.id for picture in pictures])
    found = {}
    for picture in pictures:
        data = _decoded(picture) if picture.data else read_file(picture.file)
        try:
            examined = examine(data)
        except Refused as refusal:
            raise BadFile(f"media {picture.id}: {refusal.message}") from refusal
        origin = Media.Origin(picture.origin)
        kept = {"id": ids[picture.id], "created_at": picture.created_at}
        media = store(owner, examined, origin, name=picture.name, alt=picture.alt, **kept)
        stored.append(media)
        found[picture.id] = media
    return found


def _decoded(picture: Picture) -> bytes:
    if len(picture.data) > PICTURE_MAX * 4 // 3 + 4:
        raise BadFile(_("the picture %(name)s is too large.") % {"name": picture.id})
    try:
        return base64.b64decode(picture.data, validate=True)
    except (binascii.Error, ValueError) as error:
        problem = _("the picture %(name)s cannot be read.") % {"name": picture.id}
        raise BadFile(problem) from error

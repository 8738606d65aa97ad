"""Conversations as files: one, or many in an archive."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet

from webchat.exchange import as_html, as_json, as_markdown
from webchat.exchange.as_json import PlaceOf
from webchat.exchange.names import conversation_name, safe, short_id
from webchat.exchange.stored import Stored, read_file, stored
from webchat.exchange.zip_stream import ZipStream
from webchat.generation.images import SUFFIXES
from webchat.models import Conversation, Media

CHUNK = 100  # conversations, without their messages, in memory at once
INSIDE_MAX = 16 * 1024**2  # bytes of pictures that a single JSON document holds in itself
ZIP = "application/zip"


class Format(StrEnum):
    """What a conversation may become; the value is also how its files end."""

    JSON = "json"
    MARKDOWN = "md"
    HTML = "html"


CONTENT_TYPES = {
    Format.JSON: "application/json",
    Format.MARKDOWN: "text/markdown; charset=utf-8",
    Format.HTML: "text/html; charset=utf-8",
}


@dataclass(frozen=True)
class Export:
    """A file that is made while somebody iterates over its pieces; each step reads on its own."""

    name: str
    content_type: str
    pieces: Iterator[bytes]


def single(conversation: Conversation, kind: Format) -> Export:
    """One conversation; with pictures that do not fit into the format beside it, in an archive."""
    whole = Stored(conversation)
    name = conversation_name(conversation)
    if _needs_files(whole, kind):
        zipped = ZipStream()
        return Export(f"{name}.zip", ZIP, _chain(zipped, _members(zipped, whole, kind, "")))
    return Export(f"{name}.{kind}", CONTENT_TYPES[kind], _document(whole, kind))


def archive(
    conversations: Iterable[Conversation], kind: Format, *, name: str, by_owner: bool = False
) -> Export:
    """Many in one ZIP archive, each as a file, `by_owner` in folders. They are read as it grows."""
    zipped = ZipStream()

    def members() -> Iterator[bytes]:
        for one in stored(conversations, rendered=kind == Format.HTML):
            owner = one.conversation.owner.get_username()
            yield from _members(zipped, one, kind, f"{safe(owner)}/" if by_owner else "")

    return Export(f"{safe(name)}.zip", ZIP, _chain(zipped, members()))


def in_chunks(conversations: QuerySet[Conversation]) -> Iterator[list[Conversation]]:
    """All of them, by their ids and some at a time: nothing stays open while a slow line takes one."""
    query = conversations.select_related("owner", "endpoint").order_by("pk")
    chunk = list(query[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(query.filter(pk__gt=chunk[-1].pk)[:CHUNK])


def _needs_files(whole: Stored, kind: Format) -> bool:
    if kind == Format.JSON:
        return sum(media.size for media in whole.pictures) > INSIDE_MAX
    return kind == Format.MARKDOWN and bool(whole.pictures)


def _members(zipped: ZipStream, whole: Stored, kind: Format, folder: str) -> Iterator[bytes]:
    """The document, and its pictures where the format leaves them outside."""
    conversation = whole.conversation
    pictures = [] if kind == Format.HTML else whole.pictures

    def place_of(media: Media) -> str:
        suffix = SUFFIXES.get(media.content_type, "bin")
        return f"media/{short_id(conversation)}-{media.pk.hex}.{suffix}"

    about = 2 * sum(media.size for media in whole.pictures) if kind == Format.HTML else 0
    name = f"{folder}{conversation_name(conversation)}.{kind}"
    yield from zipped.add(
        name, _document(whole, kind, place_of), conversation.active_at, about=about
    )
    for media in pictures:
        place = f"{folder}{place_of(media)}"
        yield from zipped.add(place, read_file(media), media.created_at, compress=False)


def _document(whole: Stored, kind: Format, place_of: PlaceOf | None = None) -> Iterator[bytes]:
    """The document itself; `place_of` tells where its pictures lie, None that they do not."""
    if kind == Format.JSON:
        pieces = as_json.pieces(whole, place_of)
    elif kind == Format.HTML:
        pieces = as_html.pieces(whole)
    else:
        pieces = as_markdown.pieces(whole, place_of or (lambda media: ""))
    return (piece.encode() for piece in pieces)


def _chain(zipped: ZipStream, members: Iterator[bytes]) -> Iterator[bytes]:
    yield from members
    yield from zipped.end()

"""One conversation as a file told it: read, checked, and not yet in the database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from webchat.exchange.as_json import FORMAT, VERSION
from webchat.exchange.fields import BadFile, Fields
from webchat.models import REASONS, TITLE_LENGTH, Media, Message, Rating
from webchat.models.rating import COMMENT_LENGTH

MESSAGES_MAX = 20_000  # whose ids are in memory together when the conversation is shown
MEDIA_MAX = 2_000
SOURCES_MAX = 1_000
TEXT_MAX = 1_000_000  # characters; above what a person may send and a model may answer
SHORT_MAX = 10_000
ID_MAX = 100

# What may be asked of a model. Others could name servers, keys or proxies.
PARAMETERS = {
    "temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty", "seed",
    "aspect_ratio",
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A picture, by the id that the file gives it; `data` is base64, `file` a place beside it."""

    id: str
    origin: str
    name: str
    alt: str
    created_at: datetime
    data: str = ""
    file: str = ""


@dataclass(frozen=True)
class Said:
    """A message; `columns` are those of the row that refer to nothing else."""

    id: str
    parent: str | None
    columns: dict[str, Any]
    media: list[str]
    rating: dict[str, Any] | None = None


@dataclass(frozen=True)
class Document:
    """A conversation. Of the messages each stands after the one it answers."""

    columns: dict[str, Any]
    messages: list[Said]
    active: str | None = None
    endpoint: tuple[str, str] | None = None
    """Label and provider."""
    pictures: list[Picture] = field(default_factory=list)

    @property
    def title(self) -> str:
        return str(self.columns["title"])


def read_document(data: Any) -> Document:
    """Our own format, of any version there was. Raises BadFile."""
    top = Fields(data, "")
    if top.raw("format") != FORMAT:
        raise BadFile(_("This is not a conversation that Webchat exported."))
    if top.raw("version") != VERSION:
        raise BadFile(
            _("This file has version %(version)s of the format; this release reads %(known)s.")
            % {"version": str(top.raw("version"))[:20], "known": VERSION}
        )
    told = Fields(top.raw("conversation"), "conversation")
    pictures = {each.id: each for each in map(_picture, top.objects("media", MEDIA_MAX))}
    messages = _messages(top, set(pictures))
    used = {pk for said in messages for pk in said.media}
    active = told.text("active_message", ID_MAX) or (messages[-1].id if messages else None)
    if active is not None and active not in {said.id for said in messages}:
        raise told.wrong("active_message", _("there is no such message."))
    shown = [picture for pk, picture in pictures.items() if pk in used]
    return Document(_conversation(told), messages, active, _endpoint(told), shown)


def _conversation(told: Fields) -> dict[str, Any]:
    parameters = told.table("parameters")
    return {
        "title": told.text("title", TITLE_LENGTH),
        "created_at": told.moment("created_at"),
        "active_at": told.moment("active_at"),
        "model": told.text("model", 200),
        "system_prompt": told.text("system_prompt", TEXT_MAX),
        "parameters": {name: parameters[name] for name in sorted(PARAMETERS & parameters.keys())},
        "pinned": told.flag("pinned"),
        "archived": told.flag("archived"),
    }


def _endpoint(told: Fields) -> tuple[str, str] | None:
    if told.raw("endpoint") is None:
        return None
    endpoint = Fields(told.raw("endpoint"), "conversation.endpoint")
    return endpoint.text("label", 80), endpoint.text("provider", 80)


def _messages(top: Fields, pictures: set[str]) -> list[Said]:
    found: dict[str, Said] = {}
    for each in top.objects("messages", MESSAGES_MAX):
        said = _said(each, pictures)
        if not said.id or said.id in found:
            raise each.wrong("id", _("every message needs an id of its own."))
        if said.parent is not None and said.parent not in found:
            raise each.wrong("parent", _("no message that stands before this one has that id."))
        found[said.id] = said
    return list(found.values())


def _said(each: Fields, pictures: set[str]) -> Said:
    """A message, with those of its pictures that are there: the file of one may have been lost."""
    status = each.one_of("status", list(Message.Status.values))
    if status == Message.Status.STREAMING:
        status = Message.Status.INTERRUPTED  # nobody makes this answer any more
    columns = {
        "role": each.one_of("role", list(Message.Role.values)),
        "created_at": each.moment("created_at"),
        "text": each.text("text", TEXT_MAX),
        "reasoning": each.text("reasoning", TEXT_MAX),
        "reasoning_seconds": each.number("reasoning_seconds"),
        "sources": [_source(source) for source in each.objects("sources", SOURCES_MAX)],
        "status": str(status),
        "finish_reason": each.text("finish_reason", 40),
        "provider": each.text("provider", 80),
        "model": each.text("model", 200),
        "usage": each.table("usage"),
        "timings": each.table("timings"),
        "error": each.table("error"),
    }
    media = each.items("media", MEDIA_MAX)
    if not all(isinstance(one, str) for one in media):
        raise each.wrong("media", _("this has to be a list of ids."))
    return Said(
        each.text("id", ID_MAX),
        each.text("parent", ID_MAX) or None,
        columns,
        [one for one in media if one in pictures],
        _rating(each) if columns["role"] == Message.Role.ASSISTANT else None,
    )


def _rating(each: Fields) -> dict[str, Any] | None:
    """What its reader thought of an answer, with a reason that goes with the thumb."""
    if each.raw("rating") is None:
        return None
    told = Fields(each.raw("rating"), f"{each.place}.rating")
    thumb = told.one_of("thumb", list(Rating.Thumb.values))
    reasons = [str(reason) for reason in REASONS[Rating.Thumb(thumb)]]
    return {
        "thumb": thumb,
        "reason": told.one_of("reason", reasons) if told.raw("reason") else "",
        "comment": told.text("comment", COMMENT_LENGTH),
        "rated_at": told.moment("rated_at"),
    }


def _source(source: Fields) -> dict[str, str]:
    return {"url": source.text("url", SHORT_MAX), "title": source.text("title", SHORT_MAX)}


def _picture(each: Fields) -> Picture:
    found = Picture(
        id=each.text("id", ID_MAX),
        origin=each.one_of("origin", list(Media.Origin.values)),
        name=each.text("name", 200),
        alt=each.text("alt", 1000),
        created_at=each.moment("created_at"),
        data=str(each.raw("data") or ""),
        file=each.text("file", 1000),
    )
    if not found.data and not found.file:
        raise each.wrong("data", _("the picture is missing."))
    return found

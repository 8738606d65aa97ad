"""Log entries and notices as JSON, for processes that share a Redis.

An entry or notice of a kind that this release does not know reads as None: during a rolling
restart two releases listen to one another.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from providers.response import Reasoning, Source, Sources
from webchat.generation.log import Ended, Entry, Pictures, Waiting
from webchat.generation.notices import (
    AnswerBegan,
    ConversationDeleted,
    ConversationUpdated,
    Notice,
)

NOTICES: dict[str, type[Notice]] = {
    kind.__name__: kind for kind in (AnswerBegan, ConversationUpdated, ConversationDeleted)
}


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """The same answer in as few entries as it takes: neighbouring texts become one."""
    out: list[Entry] = []
    texts: list[str] = []
    for entry in entries:
        if isinstance(entry, Reasoning | str) and out and type(out[-1]) is type(entry):
            texts.append(entry if isinstance(entry, str) else entry.text)
            continue
        _close(out, texts)
        out.append(entry)
    _close(out, texts)
    return out


def _close(out: list[Entry], texts: list[str]) -> None:
    """Give the last entry of `out` the texts that followed it."""
    if texts:
        last = out[-1]
        if isinstance(last, Reasoning):
            out[-1] = Reasoning(last.text + "".join(texts))
        elif isinstance(last, str):
            out[-1] = last + "".join(texts)
        texts.clear()


def encode_entries(entries: Sequence[Entry]) -> str:
    return json.dumps([_encode(entry) for entry in entries], ensure_ascii=False)


def decode_entries(data: str) -> list[Entry]:
    found = (_decode(kind, value) for kind, value in json.loads(data))
    return [entry for entry in found if entry is not None]


def _encode(entry: Entry) -> tuple[str, Any]:
    match entry:
        case str():
            return "text", entry
        case Reasoning():
            return "reasoning", entry.text
        case Sources():
            return "sources", [[source.url, source.title] for source in entry.sources]
        case Pictures():
            return "pictures", [str(pk) for pk in entry.media]
        case Waiting():
            return "waiting", entry.ahead
        case Ended():
            return "ended", entry.status


def _decode(kind: str, value: Any) -> Entry | None:
    match kind:
        case "text":
            return str(value)
        case "reasoning":
            return Reasoning(value)
        case "sources":
            return Sources(tuple(Source(url, title) for url, title in value))
        case "pictures":
            return Pictures(tuple(UUID(pk) for pk in value))
        case "waiting":
            return Waiting(value)
        case "ended":
            return Ended(value)
        case _:
            return None


def encode_notice(notice: Notice) -> str:
    return json.dumps({"kind": type(notice).__name__, **asdict(notice)}, default=str)


def decode_notice(data: str) -> Notice | None:
    values = json.loads(data)
    kind = NOTICES.get(values.get("kind"))
    if kind is None:
        return None
    ids: dict[str, Any] = {field.name: values.get(field.name) for field in fields(kind)}
    return kind(**{name: value and UUID(value) for name, value in ids.items()})

"""Commands: what a browser may ask for over the socket, read and checked.

The wire is described in docs/protocol.md.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from webchat.generation.rows import MEDIA_MAX
from webchat.generation.wishes import Regenerate, Send

ID_MAX = 2**53  # what a JSON number of the browser holds exactly
NAME_MAX = 200


class BadCommand(Exception):
    """A command that cannot be read. `client_id` and `run` are given back where they could be."""

    def __init__(self, code: str, reason: str, data: Mapping[str, Any]) -> None:
        self.code = code
        self.reason = reason
        self.client_id = _text_or_none(data.get("client_id"))
        self.run = _text_or_none(data.get("run"))
        super().__init__(f"{code}: {reason}")


@dataclass(frozen=True)
class Follow:
    run: UUID
    seq: int
    renderer: str


@dataclass(frozen=True)
class Unfollow:
    run: UUID


@dataclass(frozen=True)
class Acknowledge:
    run: UUID
    seq: int


@dataclass(frozen=True)
class Stop:
    run: UUID


@dataclass(frozen=True)
class View:
    """`last` is the last message the page shows; None where it does not show the end."""

    conversation: UUID | None
    last: UUID | None = None


@dataclass(frozen=True)
class Ping:
    pass


Command = Send | Regenerate | Follow | Unfollow | Acknowledge | Stop | View | Ping


def parse(text: str) -> Command:
    """One text frame as a command. Raises BadCommand."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCommand("invalid", "not JSON", {}) from error
    if not isinstance(data, dict):
        raise BadCommand("invalid", "not an object", {})
    read = COMMANDS.get(data["type"]) if isinstance(data.get("type"), str) else None
    if read is None:
        raise BadCommand("unknown_command", "no such command", data)
    try:
        return read(_Fields(data))
    except ValueError as error:
        raise BadCommand("invalid", str(error), data) from error


def _text_or_none(value: Any) -> str | None:
    return _without_nul(value) if isinstance(value, str) and len(value) <= NAME_MAX else None


class _Fields:
    """Typed access to the fields of a command; every method raises ValueError."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def text(self, name: str, *, longest: int | None = None, default: str | None = None) -> str:
        value = self._data.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (longest is not None and len(value) > longest):
            raise ValueError(f"{name} is not a text of the right length")
        return _without_nul(value)

    def id(self, name: str) -> UUID:
        value = self._data.get(name)
        if not isinstance(value, str):
            raise ValueError(f"{name} is not an id")
        try:
            return UUID(value)
        except ValueError as error:
            raise ValueError(f"{name} is not an id") from error

    def maybe_id(self, name: str) -> UUID | None:
        return None if self._data.get(name) is None else self.id(name)

    def ids(self, name: str, most: int) -> tuple[UUID, ...]:
        value = self._data.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"{name} is not a list of at most {most} ids")
        return tuple(_Fields({name: item}).id(name) for item in value)

    def number(self, name: str) -> int:
        value = self._data.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= ID_MAX:
            raise ValueError(f"{name} is not a number")
        return value

    def maybe_number(self, name: str) -> int | None:
        return None if self._data.get(name) is None else self.number(name)


def _without_nul(text: str) -> str:
    """No database and no renderer takes NUL or half a surrogate pair."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _send(fields: _Fields) -> Send:
    return Send(
        client_id=fields.id("client_id"),
        conversation=fields.maybe_id("conversation"),
        text=fields.text("text"),
        endpoint=fields.number("endpoint"),
        model=fields.text("model", longest=NAME_MAX),
        media=fields.ids("media", MEDIA_MAX),
        aspect_ratio=fields.text("aspect_ratio", longest=10, default=""),
    )


def _regenerate(fields: _Fields) -> Regenerate:
    endpoint = fields.maybe_number("endpoint")
    return Regenerate(
        client_id=fields.id("client_id"),
        message=fields.id("message"),
        endpoint=endpoint,
        model=fields.text("model", longest=NAME_MAX) if endpoint is not None else None,
        aspect_ratio=fields.text("aspect_ratio", longest=10, default=""),
    )


COMMANDS: Mapping[str, Callable[[_Fields], Command]] = {
    "message.send": _send,
    "message.regenerate": _regenerate,
    "message.continue": lambda f: Regenerate(
        client_id=f.id("client_id"), message=f.id("message"), keep=True
    ),
    "run.follow": lambda f: Follow(
        f.id("run"), f.number("seq"), f.text("renderer", longest=NAME_MAX)
    ),
    "run.unfollow": lambda f: Unfollow(f.id("run")),
    "run.acknowledge": lambda f: Acknowledge(f.id("run"), f.number("seq")),
    "run.stop": lambda f: Stop(f.id("run")),
    "conversation.view": lambda f: View(f.maybe_id("conversation"), f.maybe_id("last")),
    "ping": lambda f: Ping(),
}

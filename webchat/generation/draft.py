"""An answer as far as it has come."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from providers.response import FinishReason, Reasoning, Source, Sources, Usage, Value
from webchat.generation.log import Entry, Pictures
from webchat.generation.tokens import PICTURE, estimate
from webchat.models import Message

ANSWER_MAX_CHARS = 200_000  # what is rendered without anybody else noticing; about 40 000 words


@dataclass
class Draft:
    """Collects what a provider says. Times are in seconds of the monotonic clock."""

    started: float = field(default_factory=time.monotonic)
    first: float | None = None
    thinking_since: float | None = None
    reasoning_seconds: float | None = None
    sources: tuple[dict[str, str], ...] = ()
    media: list[UUID] = field(default_factory=list)
    usage: dict[str, Any] = field(default_factory=dict)
    finish_reason: str = ""
    chars: int = 0
    is_cut: bool = False
    prompt_tokens: int = 0
    """Of what the provider was sent, about; 0 until it is."""
    resumed_tokens: int = 0
    """Of what the answer began with, about."""
    _text: list[str] = field(default_factory=list)
    _reasoning: list[str] = field(default_factory=list)

    def entries(self) -> list[Entry]:
        """What followers must be told of an answer that does not begin empty."""
        told: list[Entry] = []
        if self._reasoning:
            told.append(Reasoning(self.reasoning))
        if self._text:
            told.append(self.text)
        if self.sources:
            told.append(Sources(tuple(Source(**source) for source in self.sources)))
        if self.media:
            told.append(Pictures(tuple(self.media)))
        return told

    @property
    def text(self) -> str:
        return _joined(self._text)

    @property
    def reasoning(self) -> str:
        return _joined(self._reasoning)

    @property
    def is_empty(self) -> bool:
        return not (self._text or self._reasoning or self.media)

    def begin(self) -> None:
        """The provider is asked now; the times count from here."""
        self.started = time.monotonic()

    @property
    def first_seconds(self) -> float | None:
        """Until the first value, where there was one."""
        return None if self.first is None else round(self.first - self.started, 3)

    @property
    def total_seconds(self) -> float:
        return round(time.monotonic() - self.started, 3)

    @property
    def timings(self) -> dict[str, float]:
        first = self.first_seconds
        return {"total": self.total_seconds} | ({} if first is None else {"first": first})

    @property
    def completion_tokens(self) -> int:
        """Of what the provider said, about."""
        pictures = PICTURE * len(self.media)
        said = estimate(self.text) + estimate(self.reasoning) + pictures
        return max(0, said - self.resumed_tokens)

    def fit(self, value: Value) -> Value:
        """As much of a value as there is room for; the one that fills it sets `is_cut`."""
        text = value.text if isinstance(value, Reasoning) else value
        if not isinstance(text, str) or self.chars + len(text) < ANSWER_MAX_CHARS:
            return value
        self.is_cut = True
        text = text[: ANSWER_MAX_CHARS - self.chars]
        return Reasoning(text) if isinstance(value, Reasoning) else text

    def add(self, value: str | Reasoning | Sources | Usage | FinishReason) -> None:
        """Take one value of the provider into the answer."""
        if self.first is None:
            self.first = time.monotonic()
        match value:
            case str():
                self._end_thinking()
                self._text.append(value)
                self.chars += len(value)
            case Reasoning():
                self._think(value.text)
            case Sources():
                self.sources = tuple(
                    {"url": source.url, "title": source.title} for source in value.sources
                )
            case Usage():
                self.usage = _usage(value)
            case FinishReason():
                self._end_thinking()
                self.finish_reason = value.reason

    def add_media(self, media: UUID) -> None:
        if self.first is None:
            self.first = time.monotonic()
        self._end_thinking()
        self.media.append(media)

    def _think(self, text: str) -> None:
        if self.thinking_since is None:
            self.thinking_since = time.monotonic()
        self._reasoning.append(text)
        self.chars += len(text)

    def _end_thinking(self) -> None:
        if self.thinking_since is not None and self.reasoning_seconds is None:
            self.reasoning_seconds = round(time.monotonic() - self.thinking_since, 1)


def _joined(pieces: list[str]) -> str:
    """All pieces as one, and kept as one: asked again it costs nothing."""
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""


def resumed(message: Message) -> Draft:
    """A draft that begins with what an answer says already."""
    draft = Draft(
        reasoning_seconds=message.reasoning_seconds,
        sources=tuple(message.sources),
        media=[media.pk for media in message.images],
        chars=len(message.text) + len(message.reasoning),
    )
    draft._text = [message.text] if message.text else []
    draft._reasoning = [message.reasoning] if message.reasoning else []
    draft.resumed_tokens = draft.completion_tokens
    return draft


def _usage(usage: Usage) -> dict[str, Any]:
    counted = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        **usage.details,
    }
    # The names of details are an upstream's; no database takes every character in JSON.
    return {
        name: count
        for name, count in counted.items()
        if count is not None and name.isascii() and name.isprintable()
    }

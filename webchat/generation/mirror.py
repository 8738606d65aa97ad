"""The log of a run that another process makes, as far as this process has heard of it.

What that process saves is the ground: it is looked at again and again, and tells of the end even
when that process is gone. Where there is a Redis, the text comes sooner by its stream.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import Error as DatabaseError

from providers.response import Reasoning, Source, Sources
from webchat.db import db
from webchat.generation.log import Ended, Entry, Pictures, RunLog, Waiting
from webchat.generation.turns import ahead_of
from webchat.models import Message

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5  # a little more than a checkpoint takes


@dataclass(frozen=True)
class Saved:
    """An answer as it stands in the database."""

    text: str
    reasoning: str
    sources: tuple[Source, ...]
    media: tuple[UUID, ...]
    status: str
    waiting: int | None = None
    """So many come before it."""


class Mirror:
    """Grows a log by whatever is news, from however many tellers.

    Every teller says where its text begins, in characters, so nothing is doubled and nothing is
    skipped: a piece that would leave a gap waits for the teller that knows what lies before it.
    """

    def __init__(self) -> None:
        self.log = RunLog()
        self.ending = asyncio.Event()
        """Set when a teller heard the end; what is saved then has the last word."""
        self.text = ""
        self.reasoning = ""
        self.sources: tuple[Source, ...] = ()
        self._media: set[UUID] = set()
        self._waiting: int | None = None

    def add(self, entries: Iterable[Entry], text_at: int = 0, reasoning_at: int = 0) -> None:
        """Entries of which the first text begins at `text_at`, the first reasoning likewise."""
        for entry in entries:
            match entry:
                case str():
                    self._add_text(entry, text_at)
                    text_at += len(entry)
                case Reasoning():
                    self._add_reasoning(entry.text, reasoning_at)
                    reasoning_at += len(entry.text)
                case Sources():
                    self._add_sources(entry.sources)
                case Pictures():
                    self._add_media(entry.media)
                case Waiting():
                    self._wait(entry.ahead)
                case Ended():
                    self.ending.set()

    def catch_up(self, saved: Saved) -> None:
        """Add what is saved and was not told yet."""
        if not (self.text or self.reasoning):
            self._wait(saved.waiting)
        self._add_reasoning(saved.reasoning, 0)
        self._add_text(saved.text, 0)
        self._add_sources(saved.sources)
        self._add_media(saved.media)
        if saved.status != Message.Status.STREAMING:
            self.log.append(Ended(saved.status))

    def _wait(self, ahead: int | None) -> None:
        if ahead != self._waiting:
            self._waiting = ahead
            self.log.append(Waiting(ahead))

    def _add_text(self, text: str, at: int) -> None:
        if at <= len(self.text) < at + len(text):
            news = text[len(self.text) - at :]
            self.text += news
            self.log.append(news)

    def _add_reasoning(self, text: str, at: int) -> None:
        if at <= len(self.reasoning) < at + len(text):
            news = text[len(self.reasoning) - at :]
            self.reasoning += news
            self.log.append(Reasoning(news))

    def _add_sources(self, sources: tuple[Source, ...]) -> None:
        if sources and sources != self.sources:
            self.sources = sources
            self.log.append(Sources(sources))

    def _add_media(self, media: Iterable[UUID]) -> None:
        if news := tuple(pk for pk in media if pk not in self._media):
            self._media.update(news)
            self.log.append(Pictures(news))


def load(message: UUID) -> Saved:
    """The answer as it stands; one that was deleted reads as stopped."""
    found = Message.objects.filter(pk=message).select_related("run").defer("html").first()
    if found is None:
        return Saved("", "", (), (), Message.Status.STOPPED)
    return Saved(
        found.text,
        found.reasoning,
        tuple(Source(**source) for source in found.sources),
        tuple(found.media.values_list("pk", flat=True)),
        found.status,
        ahead_of(found.run) if found.is_streaming and found.run.turn_at is None else None,
    )


async def watch(message: UUID, mirror: Mirror) -> None:
    """Keep the mirror up to date with what is saved, until it has ended."""
    while not mirror.log.ended:
        try:
            mirror.catch_up(await db(load, message))
        except DatabaseError as error:
            log.warning("message %s cannot be followed for a moment: %s", message, error)
        await _pause(mirror)


async def _pause(mirror: Mirror) -> None:
    """Wait for the next look; a little, or until somebody heard the end."""
    if mirror.ending.is_set():
        await asyncio.sleep(POLL_SECONDS / 5)
        return
    try:
        async with asyncio.timeout(POLL_SECONDS):
            await mirror.ending.wait()
    except TimeoutError:
        pass

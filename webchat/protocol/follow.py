"""Following a run: from its log to the events one page receives."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from webchat.db import db
from webchat.generation import relay, runs, transcript
from webchat.models import Message, Run
from webchat.protocol import events
from webchat.protocol.commands import Follow
from webchat.protocol.events import Event
from webchat.protocol.live import Cursor, LiveAnswer, Pace

WINDOW_BYTES = 256 * 1024  # unacknowledged; a page that reads never has this much on its way

_pace = Pace()
_live: dict[UUID, LiveAnswer] = {}


class Window:
    """Flow control: how much was sent that the browser has not received yet."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self._sent: list[tuple[int, int]] = []
        self._bytes = 0

    @property
    def is_open(self) -> bool:
        return self._bytes < WINDOW_BYTES

    def sent(self, seq: int, size: int) -> None:
        self._sent.append((seq, size))
        self._bytes += size

    def acknowledge(self, seq: int) -> None:
        """The browser has received everything up to `seq`."""
        received = [size for sent_seq, size in self._sent if sent_seq <= seq]
        self._sent = self._sent[len(received) :]
        self._bytes -= sum(received)
        self.bell.set()


def find_run(user_id: int, run: UUID) -> Run | None:
    """The run, when it belongs to this person."""
    return Run.objects.filter(owner_id=user_id, pk=run).first()


async def follow(run: Run, wish: Follow, window: Window) -> AsyncIterator[Event]:
    """The events that bring a page up to date and keep it so, until the run has ended."""
    live = _find_live(run)
    live.join(window.bell, _pace)
    try:
        known = live.cursor_at(wish.seq, wish.renderer)
        if known is None:
            known, event = await _reset(run, live)
            yield event
        while not (live.ended and known == live.cursor):
            await _wait_for_news(live, known, window)
            known, event = await _delta(run, live, known)
            yield event
        yield await _done(run)
    finally:
        live.leave(window.bell)
        if not live.followers:
            _forget(run.pk, live)


def _find_live(run: Run) -> LiveAnswer:
    live = _live.get(run.pk)
    if live is None:
        local = runs.find(run.pk)
        log = local.log if local is not None else relay.open_log(run)
        live = _live[run.pk] = LiveAnswer(log, run.message_id)
    return live


def _forget(run: UUID, live: LiveAnswer) -> None:
    """Keep what can be continued: the page of a run of this process may come back."""
    if live.ended or runs.find(run) is None:
        relay.close_log(run)
        _live.pop(run, None)


async def _wait_for_news(live: LiveAnswer, known: Cursor, window: Window) -> None:
    while not live.ended and not (live.cursor != known and window.is_open):
        window.bell.clear()
        await window.bell.wait()


async def _extras(live: LiveAnswer, former: Cursor | None) -> Event:
    """The HTML of sources and pictures, where they changed since `former`."""
    extras = {}
    present = live.cursor
    if former is None or former.sources != present.sources:
        extras["sources"] = events.sources(live.sources)
    if former is None or former.pictures != present.pictures:
        extras["images"] = await db(events.images, tuple(live.pictures))
    return extras


async def _reset(run: Run, live: LiveAnswer) -> tuple[Cursor, Event]:
    async with live.steady:
        live.catch_up()
        event = {"type": "message.reset", "run": str(run.pk), **live.whole()}
        return live.cursor, event | await _extras(live, None)


async def _delta(run: Run, live: LiveAnswer, former: Cursor) -> tuple[Cursor, Event]:
    async with live.steady:
        event = {"type": "message.delta", "run": str(run.pk), **live.delta(former)}
        return live.cursor, event | await _extras(live, former)


def _ended_message(run: Run) -> Message | None:
    found = transcript.load([run.message_id])
    return found[0] if found else None


async def _done(run: Run) -> Event:
    message = await db(_ended_message, run)
    if message is None:
        return events.done_without_message(run)
    return events.done(run, message)

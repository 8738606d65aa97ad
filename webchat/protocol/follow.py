"""Following a run: from its log to the events one page receives."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from webchat.db import db
from webchat.generation import relay, runs
from webchat.models import Message, Rating, Run
from webchat.protocol import events
from webchat.protocol.commands import Follow
from webchat.protocol.events import Event
from webchat.protocol.live import Cursor, LiveAnswer, Pace
from webchat.protocol.window import Window
from webchat.sql import Prepared

LINGER_SECONDS = 1
"""How long what was rendered is kept for whoever asks again: a page that comes back, or asks in vain
for the whole many times a second, would have all of a long answer read and rendered each time."""

_pace = Pace()
_live: dict[UUID, LiveAnswer] = {}
_lingering: dict[UUID, asyncio.TimerHandle] = {}


@dataclass(frozen=True)
class Followed:
    """A run and the message it makes."""

    run: UUID
    message: UUID


async def find_run(owner: int, run: UUID) -> Followed | None:
    """The run, when it belongs to this person; one of this process costs no query."""
    if (local := runs.find(run)) is not None:
        mine = local.assignment.owner == owner
        return Followed(run, local.assignment.message) if mine else None
    return await db(_find_saved_run, owner, run)


def _find_saved_run(owner: int, run: UUID) -> Followed | None:
    found = Run.objects.filter(owner_id=owner, pk=run).first()
    return Followed(run, found.message_id) if found else None


async def follow(followed: Followed, wish: Follow, window: Window) -> AsyncIterator[Event]:
    """The events that bring a page up to date and keep it so, until the run has ended."""
    live = _find_live(followed)
    bell = window.new_bell()
    live.join(bell, _pace)
    try:
        known = live.cursor_at(wish.seq, wish.renderer)
        if known is None:
            await window.wait_until_open()
            known, event = await _reset(followed, live)
            yield event
        while not (live.ended and known == live.cursor):
            await _wait_for_news(live, known, window, bell)
            known, event = await _delta(followed, live, known)
            yield event
        yield await _done(followed)
    finally:
        live.leave(bell)
        _linger(followed.run)


def _find_live(followed: Followed) -> LiveAnswer:
    live = _live.get(followed.run)
    if live is None:
        _sweep()
        local = runs.find(followed.run)
        log = local.log if local is not None else relay.open_log(followed.run, followed.message)
        live = _live[followed.run] = LiveAnswer(log, followed.message)
    return live


def _sweep() -> None:
    """Let go of answers that ended while nobody followed them."""
    for run, live in list(_live.items()):
        if not live.followers and run not in _lingering:
            _forget(run, live)


def _linger(run: UUID) -> None:
    """Keep what was rendered for LINGER_SECONDS from now, whatever was said before."""
    if (former := _lingering.pop(run, None)) is not None:
        former.cancel()
    loop = asyncio.get_running_loop()
    _lingering[run] = loop.call_later(LINGER_SECONDS, _forget_unless_followed, run)


def _forget_unless_followed(run: UUID) -> None:
    del _lingering[run]
    live = _live.get(run)
    if live is not None and not live.followers:
        _forget(run, live)


def _forget(run: UUID, live: LiveAnswer) -> None:
    """Keep what can be continued: the page of a run of this process may come back."""
    if live.ended or runs.find(run) is None:
        relay.close_log(run)
        _live.pop(run, None)


async def _wait_for_news(
    live: LiveAnswer, known: Cursor, window: Window, bell: asyncio.Event
) -> None:
    """The end is news whatever the window; all else waits until it is open."""
    while not live.ended and not (live.cursor != known and window.is_open):
        bell.clear()
        await bell.wait()


async def _extras(live: LiveAnswer, former: Cursor | None) -> Event:
    """The HTML of sources and pictures, where they changed since `former`."""
    extras = {}
    present = live.cursor
    if former is None or former.sources != present.sources:
        extras["sources"] = events.sources(live.sources) if live.sources else ""
    if former is None or former.pictures != present.pictures:
        pictures = tuple(live.pictures)
        extras["images"] = await db(events.images, pictures) if pictures else ""
    return extras


async def _reset(followed: Followed, live: LiveAnswer) -> tuple[Cursor, Event]:
    async with live.steady:
        live.catch_up()
        event = {"type": "message.reset", "run": str(followed.run), **live.whole()}
        return live.cursor, event | await _extras(live, None)


async def _delta(followed: Followed, live: LiveAnswer, former: Cursor) -> tuple[Cursor, Event]:
    async with live.steady:
        event = {"type": "message.delta", "run": str(followed.run), **live.delta(former)}
        return live.cursor, event | await _extras(live, former)


# The page has the answer already: its HTML, the most of the row, is not read for the footer.
_MESSAGE: Prepared[Message] = Prepared(
    lambda pk: Message.objects.filter(pk=pk).defer("html").order_by()
)
_RATING: Prepared[Rating] = Prepared(lambda pk: Rating.objects.filter(message=pk).order_by())


def _find_message(pk: UUID) -> Message | None:
    message = _MESSAGE.first(pk)
    if message is not None and (rating := _RATING.first(pk)) is not None:
        rating.message = message  # from now on each of them knows the other
    return message


async def _done(followed: Followed) -> Event:
    message = await db(_find_message, followed.message)
    if message is None:
        return events.done_without_message(followed.run, followed.message)
    return events.done(followed.run, message)

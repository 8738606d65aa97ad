"""A run as HTML while it grows: rendered once in a process, for all who follow it there."""

import asyncio
import logging
import math
import uuid
from typing import Any, NamedTuple
from uuid import UUID

from providers.response import Reasoning, Source, Sources
from webchat.generation.log import Ended, Entry, Pictures, RunLog, Waiting
from webchat.rendering.apart import apart
from webchat.rendering.stream import StreamRenderer

log = logging.getLogger(__name__)

PAUSE_MIN = 0.05  # seconds between updates; twenty a second look continuous
PAUSE_MAX = 0.5
PAUSE_SCALE = 0.0107  # seconds: 50 answers are rendered 7 times a second each, 200 of them 3 times
COST_FACTOR = 10  # rendering an answer takes at most a tenth of the time


class Cursor(NamedTuple):
    """What a page shows: as of this step of the text, this much reasoning, these extras."""

    seq: int
    step: int
    reasoning_chars: int
    reasoning_units: int
    sources: int
    pictures: int
    waiting: int | None


def utf16_units(text: str) -> int:
    """The length of a text as the browser counts it."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


class LiveAnswer:
    """The state every page that follows a run converges to."""

    def __init__(self, log: RunLog, message: UUID) -> None:
        self.log = log
        self.renderer = uuid.uuid4().hex
        """Names this very state: another process may render the same text in other steps."""
        self.message = message
        self.status: str | None = None
        self.sources: tuple[Source, ...] = ()
        self.pictures: list[UUID] = []
        self.waiting: int | None = None
        self.steady = asyncio.Lock()
        """Held while another thread works on the blocks; hold it to read them."""
        self._last: str | None = None  # the status to end with, once all is rendered
        self._renderer = StreamRenderer(key=message.hex)
        self._seq = 0
        self._reasoning = ""
        self._reasoning_units = 0
        self._sources_changes = 0
        self._cursors: dict[int, Cursor] = {}
        self._bells: set[asyncio.Event] = set()
        self._driver: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        return self.status is not None

    @property
    def followers(self) -> int:
        return len(self._bells)

    @property
    def cursor(self) -> Cursor:
        """Where a page stands that has received everything so far."""
        return Cursor(
            seq=self._seq,
            step=self._renderer.step,
            reasoning_chars=len(self._reasoning),
            reasoning_units=self._reasoning_units,
            sources=self._sources_changes,
            pictures=len(self.pictures),
            waiting=self.waiting,
        )

    def cursor_at(self, seq: int, renderer: str) -> Cursor | None:
        """Where a page stands that this one sent everything up to `seq`; None when it did not."""
        return self._cursors.get(seq) if renderer == self.renderer else None

    def join(self, bell: asyncio.Event, pace: "Pace") -> None:
        """Ring `bell` at every update from now on."""
        self._bells.add(bell)
        if self._driver is None and not self.ended:
            self._driver = asyncio.create_task(self._drive(pace))

    def leave(self, bell: asyncio.Event) -> None:
        """Nobody to render for, nothing rendered."""
        self._bells.discard(bell)
        if not self._bells and self._driver is not None:
            self._driver.cancel()
            self._driver = None

    def catch_up(self) -> None:
        """Take in what the log has beyond what is rendered."""
        entries = self.log.since(self._seq)
        for entry in entries:
            self._take(entry)
        self._seq += len(entries)
        if entries or self._renderer.behind:
            self._renderer.render()
            self._publish()

    def _publish(self) -> None:
        # A long piece of text is rendered in several steps. Which of them a page has received, its
        # `seq` does not tell, so the first one counts: what comes twice does no harm.
        self._cursors.setdefault(self._seq, self.cursor)
        for bell in self._bells:
            bell.set()

    def _take(self, entry: Entry) -> None:
        match entry:
            case str():
                self._renderer.append(entry)
            case Reasoning():
                self._reasoning += entry.text
                self._reasoning_units += utf16_units(entry.text)
            case Sources():
                self.sources = entry.sources
                self._sources_changes += 1
                self._renderer.set_sources(entry.sources)
            case Pictures():
                self.pictures.extend(entry.media)
            case Waiting():
                self.waiting = entry.ahead
            case Ended():
                self._last = entry.status

    async def _drive(self, pace: "Pace") -> None:
        try:
            await self._keep_up(pace)
        except Exception:
            log.exception("message %s cannot be rendered", self.message)
            await self._end_without_rendering()

    async def _end_without_rendering(self) -> None:
        """The pages keep what they have, and hear of the end."""
        seq = self._seq
        while not self.log.ended:
            await self.log.wait(seq)
            seq = self.log.seq
        self._seq = self.log.seq
        self.status = self._last or "complete"
        self._publish()

    async def _keep_up(self, pace: "Pace") -> None:
        with pace:
            while self._last is None or self._renderer.behind:
                if not self._renderer.behind:
                    await self.log.wait(self._seq)
                async with self.steady:
                    self.catch_up()
                await self._rest(max(pace.pause, COST_FACTOR * self._renderer.cost))
            await self._finish()

    async def _rest(self, seconds: float) -> None:
        """Until the next update; text that waits already, and the end, keep nobody waiting."""
        if self._renderer.behind:
            await asyncio.sleep(COST_FACTOR * self._renderer.cost)
        else:
            await self.log.rest(seconds)

    async def _finish(self) -> None:
        """The last touch, off the loop: colours and formulas of a long answer take their time."""
        async with self.steady:
            if self.ended:
                return
            finishing = apart(self._renderer.length, self._renderer.finish)
            try:
                await asyncio.shield(finishing)
            except asyncio.CancelledError:
                await asyncio.wait({finishing})  # the lock is held as long as the thread works
                if finishing.exception() is None:
                    self._end()  # the next to follow need not have it done again
                raise
            self._end()

    def _end(self) -> None:
        self.status = self._last
        self._publish()

    def delta(self, since: Cursor) -> dict[str, Any]:
        """What turns a page at `since` into the present one; extras are left to the caller."""
        delta: dict[str, Any] = {"seq": self._seq}
        if since.step != self._renderer.step:
            patch = self._renderer.patch_since(since.step)
            delta |= {"blocks": patch.blocks, "count": patch.count}
        if since.waiting != self.waiting:
            delta["waiting"] = self.waiting
        if since.reasoning_chars != len(self._reasoning):
            added = self._reasoning[since.reasoning_chars :]
            delta["reasoning"] = [since.reasoning_units, added]
        return delta

    def whole(self) -> dict[str, Any]:
        """Everything, for a page whose state is not known; extras are left to the caller."""
        return {
            "seq": self._seq,
            "renderer": self.renderer,
            "blocks": list(self._renderer.blocks),
            "reasoning": self._reasoning,
            "waiting": self.waiting,
        }


class Pace:
    """How often answers are rendered: less often the more of them there are."""

    def __init__(self) -> None:
        self._answers = 0

    def __enter__(self) -> None:
        self._answers += 1

    def __exit__(self, *exc: object) -> None:
        self._answers -= 1

    @property
    def pause(self) -> float:
        """Seconds until an answer is rendered again."""
        return min(max(PAUSE_MIN, PAUSE_SCALE * math.pow(self._answers, 2 / 3)), PAUSE_MAX)

"""Whoever comes, whenever, from whatever state: the page ends with the text the provider said."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from providers.response import Reasoning, Source, Sources
from tests.webchat.shown import Shown
from webchat.generation.log import Ended, Entry, RunLog
from webchat.generation.mirror import Mirror
from webchat.generation.redis_relay import RedisRelay
from webchat.protocol import follow
from webchat.protocol.commands import Follow
from webchat.protocol.follow import Followed
from webchat.protocol.live import LiveAnswer, Pace
from webchat.protocol.window import Window
from webchat.rendering.markdown import render

pytestmark = pytest.mark.usefixtures("transactional_db")

RECORDED: list[Entry] = [
    Reasoning("Let me "),
    Reasoning("see 😀."),
    "# A *title* 😀\n",
    "\nSome text with [1] a ",
    "mark and `code` and $a^2$.\n\n* one\n* two\n",
    "\n```python\ndef f(x):\n",
    "    return x + 1\n",
    "```\n\n| a | b |\n|---|---|\n",
    "| 1 | 2 |\n\nA [link][l] and a note[^n].\n\n[l]: https://l.example\n",
    Sources((Source("https://s.example", "S"),)),
    "\n[^n]: The note.\n\nThe end.",
]
TEXT = "".join(entry for entry in RECORDED if isinstance(entry, str))
REASONING = "".join(entry.text for entry in RECORDED if isinstance(entry, Reasoning))


class Stage:
    """A run that speaks when it is told to, and the log that pages follow."""

    def __init__(self, told: RunLog, heard: RunLog) -> None:
        self.told = told
        self.followed = Followed(uuid4(), uuid4())
        self.live = LiveAnswer(heard, self.followed.message)
        follow._live[self.followed.run] = self.live
        self.live.join(asyncio.Event(), Pace())  # somebody always looks: no row could tell it anew

    def say(self, entry: Entry) -> None:
        self.told.append(entry)

    @property
    def html(self) -> str:
        sources = [entry for entry in RECORDED if isinstance(entry, Sources)]
        return str(render(TEXT, sources[0].sources, key=self.followed.message.hex))


@pytest.fixture(params=["memory", "redis"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[], Stage]]:
    """Makes runs whose pages are in the same process, or in another one behind Redis."""
    address = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    relays: list[RedisRelay] = []

    def make() -> Stage:
        told = RunLog()
        if request.param == "memory":
            return Stage(told, told)
        here, there = RedisRelay(address), RedisRelay(address)
        relays.extend((here, there))
        here.start()
        there.start()
        mirror, run = Mirror(), uuid4()
        here.share(run, told)
        there.hear(run, mirror)
        mirror.ending = EndsLog(mirror.log)  # no database watches over this run
        return Stage(told, mirror.log)

    yield make
    for relay in relays:
        await relay.close()
    follow._live.clear()


class EndsLog(asyncio.Event):
    """What the watch over the database does when somebody heard the end."""

    def __init__(self, log: RunLog) -> None:
        super().__init__()
        self._log = log

    def set(self) -> None:
        super().set()
        if not self._log.ended:
            self._log.append(Ended("complete"))


class Tab:
    """A page that follows, may lose its connection, and may be loaded anew."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.shown = Shown()
        self.seq, self.renderer = 0, ""
        self.news = asyncio.Event()
        self.done = asyncio.Event()
        self.connect()

    def connect(self) -> None:
        self.task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        wish = Follow(self.stage.followed.run, self.seq, self.renderer)
        async for event in follow.follow(self.stage.followed, wish, Window()):
            self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        if event["type"] == "message.done":
            self.done.set()
            return
        self.shown.take(event)
        self.news.set()
        self.seq, self.renderer = event["seq"], event.get("renderer", self.renderer)

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def reconnect(self) -> None:
        """The same page on a new connection."""
        await self.leave()
        self.connect()

    async def reload(self) -> None:
        """A new page."""
        await self.leave()
        self.shown, self.seq, self.renderer = Shown(), 0, ""
        self.connect()


async def settle() -> None:
    """Let everything that can happen without time passing happen."""
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.mark.parametrize("k", range(len(RECORDED) + 1))
async def test_reload_reconnect_and_a_second_tab_at_any_moment_end_with_the_whole_text(
    stage: Callable[[], Stage], k: int
) -> None:
    running = stage()
    reconnects, reloads = Tab(running), Tab(running)
    tabs = [reconnects, reloads]
    for number, entry in enumerate([*RECORDED, Ended("complete")]):
        if number == k:
            await reconnects.reconnect()
            await reloads.reload()
            tabs.append(Tab(running))
        running.say(entry)
        await settle()
    async with asyncio.timeout(20):
        await asyncio.gather(*(tab.done.wait() for tab in tabs))
    for tab in tabs:
        assert tab.shown.html == running.html
        assert tab.shown.reasoning == REASONING
        await tab.leave()


PARAGRAPHS = 400
LONG = "".join(f"Paragraph {number}: {'word ' * 40}\n\n" for number in range(PARAGRAPHS))
"""More than one step of the renderer takes in; an answer that goes on begins so, and a mirror."""


@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_who_comes_back_between_two_steps_of_a_long_piece_gets_the_rest(
    stage: Callable[[], Stage], steps: int
) -> None:
    running = stage()
    stays, leaves = Tab(running), Tab(running)
    running.say(LONG)
    async with asyncio.timeout(20):
        for _ in range(steps + 1):  # the first event may be the empty page
            await leaves.news.wait()
            leaves.news.clear()
        await leaves.leave()
        while stays.shown.html.count("Paragraph") < PARAGRAPHS:
            await stays.news.wait()
            stays.news.clear()
        assert 0 < leaves.shown.html.count("Paragraph") < PARAGRAPHS
        leaves.connect()
        running.say(Ended("complete"))
        await asyncio.gather(stays.done.wait(), leaves.done.wait())
    whole = str(render(LONG, key=running.followed.message.hex))
    assert stays.shown.html == whole
    assert leaves.shown.html == whole
    for tab in (stays, leaves):
        await tab.leave()

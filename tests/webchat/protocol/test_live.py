"""A run as HTML while it grows, when something goes wrong on the way."""

import asyncio
import threading
from uuid import uuid4

import pytest

from webchat.generation.log import Ended, RunLog
from webchat.protocol import follow
from webchat.protocol.commands import Follow
from webchat.protocol.follow import Followed
from webchat.protocol.live import LiveAnswer, Pace
from webchat.protocol.window import Window

PATIENCE = 5


async def until_ended(live: LiveAnswer, bell: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE):
        while not live.ended:
            bell.clear()
            await bell.wait()


async def test_a_failure_of_rendering_does_not_keep_the_end_from_the_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live, bell = LiveAnswer(RunLog(), uuid4()), asyncio.Event()

    def broken() -> None:
        raise RuntimeError("rendering")

    monkeypatch.setattr(live._renderer, "render", broken)
    live.join(bell, Pace())
    live.log.append("a")
    live.log.append(Ended("complete"))
    await until_ended(live, bell)


async def test_a_page_that_comes_during_the_last_touch_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live = LiveAnswer(RunLog(), uuid4())
    finish = live._renderer.finish
    inside, go = threading.Event(), threading.Event()
    touched = 0

    def slow() -> None:
        nonlocal touched
        touched += 1
        inside.set()
        go.wait(PATIENCE)
        finish()

    monkeypatch.setattr(live._renderer, "finish", slow)
    live.log.append("**a**")
    live.log.append(Ended("complete"))
    first, second = asyncio.Event(), asyncio.Event()
    live.join(first, Pace())
    await asyncio.to_thread(inside.wait, PATIENCE)
    live.leave(first)
    live.join(second, Pace())
    await asyncio.sleep(0.01)
    assert live.steady.locked()
    go.set()
    await until_ended(live, second)
    assert live._driver is not None
    await live._driver
    assert touched == 1
    live.leave(second)


@pytest.mark.usefixtures("transactional_db")
async def test_answers_that_ended_while_nobody_looked_are_let_go() -> None:
    forgotten, followed = (Followed(uuid4(), uuid4()) for _ in range(2))
    follow._live[forgotten.run] = LiveAnswer(RunLog(), forgotten.message)
    events = follow.follow(followed, Follow(followed.run, 0, ""), Window())
    await anext(events)
    assert forgotten.run not in follow._live
    await events.aclose()


async def ask(followed: Followed) -> str:
    """The name of the state that somebody gets who asks for the whole and goes away."""
    events = follow.follow(followed, Follow(followed.run, 0, ""), Window())
    renderer: str = (await anext(events))["renderer"]
    await events.aclose()
    return renderer


@pytest.mark.usefixtures("transactional_db")
async def test_who_asks_again_at_once_gets_what_was_rendered_and_is_forgotten_later() -> None:
    followed = Followed(uuid4(), uuid4())
    assert len({await ask(followed) for _ in range(3)}) == 1
    follow._forget_unless_followed(followed.run)  # what the clock does after a while
    assert followed.run not in follow._live


@pytest.mark.usefixtures("transactional_db")
async def test_each_who_asks_has_it_kept_for_the_whole_time() -> None:
    followed = Followed(uuid4(), uuid4())
    await ask(followed)
    former = follow._lingering[followed.run]
    await ask(followed)
    assert former.cancelled()
    assert not follow._lingering[followed.run].cancelled()


@pytest.mark.usefixtures("transactional_db")
async def test_who_asks_for_one_answer_leaves_the_others_alone() -> None:
    one, other = (Followed(uuid4(), uuid4()) for _ in range(2))
    renderer = await ask(one)
    await ask(other)
    assert await ask(one) == renderer

"""One process that is killed or told to end in the middle of an answer, and started again.

SOAK=50 does each of it fifty times (`make soak`).
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import listening
from tests.cluster.installation import Installation
from tests.cluster.pages import opened
from tests.cluster.servers import Postgres
from tests.cluster.upstream import Telling, Upstream

ROUNDS = range(int(os.environ.get("SOAK", "3")))
RATE = 50  # words a second


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, folder: Path) -> Iterator[Installation]:
    environment = {}
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        environment["DATABASE_URL"] = postgres.create_prepared("crash")
    installation = Installation(folder / f"crash-{request.param}", **environment)
    installation.prepare()
    yield installation
    installation.end()


@pytest.fixture
async def upstream(installation: Installation) -> AsyncIterator[Upstream]:
    installation.start()
    async with listening(installation) as server:
        yield server


async def tell_for_ever(telling: Telling, told_at: dict[int, float]) -> None:
    """Number after number at RATE, until the connection breaks; `told_at` gets the times."""
    try:
        while True:
            number = len(told_at)
            await telling.say(f"{number} ")
            told_at[number] = time.monotonic()
            await asyncio.sleep(1 / RATE)
    except ConnectionError:
        pass


def numbers(text: str) -> list[int]:
    """The numbers of a text; they must be all of them from 0 on."""
    found = [int(word) for word in text.split()]
    assert found == list(range(len(found)))
    return found


@pytest.mark.parametrize("number", ROUNDS)
async def test_a_killed_process_loses_at_most_the_last_second(
    installation: Installation, upstream: Upstream, number: int
) -> None:
    told_at: dict[int, float] = {}
    async with opened(installation.door()) as page:
        asked = await page.say("Count.", *installation.told)
        telling = asyncio.create_task(tell_for_ever(await upstream.asked(), told_at))
        enough = 60 + 7 * (number % 10)  # each round dies at another moment between checkpoints
        await page.until(lambda: f"{enough} " in asked.words)
        installation.kill()
        killed_at = time.monotonic()
        assert await page.close_code() == 1006
        await telling
        saved = numbers(installation.saved(asked.run)[1])
        due = [n for n, at in told_at.items() if at < killed_at - 1]
        assert set(due) <= set(saved)

        await asyncio.to_thread(installation.start)
        started_at = time.monotonic()
        await page.come_back()
        assert await page.until_done(asked, 10) == "interrupted"
        assert time.monotonic() - started_at < 10
    assert numbers(asked.words) == saved
    assert installation.saved(asked.run)[:2] == ("interrupted", " ".join(map(str, saved)) + " ")
    assert asked.done is not None
    assert "Try again" in asked.done["html"]


@pytest.mark.parametrize("number", ROUNDS)
async def test_a_process_that_is_told_to_end_saves_everything(
    installation: Installation, upstream: Upstream, number: int
) -> None:
    told_at: dict[int, float] = {}
    async with opened(installation.door()) as page:
        asked = await page.say("Count.", *installation.told)
        telling = asyncio.create_task(tell_for_ever(await upstream.asked(), told_at))
        enough = 10 + 7 * (number % 10)
        await page.until(lambda: f"{enough} " in asked.words)
        ending = asyncio.create_task(asyncio.to_thread(installation.processes[0].end))
        told_before = len(told_at)
        assert await page.close_code() == 4012
        assert await ending == 0
        await telling
        status, text, _ = installation.saved(asked.run)
        assert status == "interrupted"
        assert len(numbers(text)) >= told_before
        assert numbers(asked.words) == numbers(text)[: len(numbers(asked.words))]

        await asyncio.to_thread(installation.start)
        await page.come_back()
        assert await page.until_done(asked) == "interrupted"
    assert numbers(asked.words) == numbers(text)

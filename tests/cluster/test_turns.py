"""Two processes that hold to one limit on answers at once."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import listening
from tests.cluster.installation import Installation
from tests.cluster.pages import Answer, Page, opened
from tests.cluster.servers import Postgres, Redis
from tests.cluster.telling import is_whole, tell
from tests.cluster.upstream import Upstream

HERE, THERE = 0, 1


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def narrow(request: pytest.FixtureRequest, folder: Path) -> Iterator[Installation]:
    """One answer at once for everybody."""
    environment = {"RUNS_PER_USER": "1"}
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis_server")
        environment |= {"DATABASE_URL": postgres.create_prepared("narrow"), "REDIS_URL": redis.url}
    installation = Installation(folder / f"narrow-{request.param}", **environment)
    installation.prepare()
    yield installation
    installation.end()


@pytest.fixture
async def upstream(narrow: Installation) -> AsyncIterator[Upstream]:
    for number in (HERE, THERE):
        narrow.start(number)
    async with listening(narrow) as server:
        yield server


async def until_waiting(page: Page, answer: Answer) -> None:
    await page.until(lambda: answer.waiting is not None)
    assert answer.waiting == 0


async def test_a_second_answer_waits_in_whichever_process_and_begins_when_there_is_room(
    narrow: Installation, upstream: Upstream
) -> None:
    async with opened(narrow.door(HERE)) as here, opened(narrow.door(THERE)) as there:
        first = await here.say("Count.", *narrow.told)
        telling = await upstream.asked()
        await tell(telling, range(5))
        second = await there.say("Count too.", *narrow.told)
        await until_waiting(there, second)
        followed = await here.follow(Answer(second.run))
        await until_waiting(here, followed)
        assert not upstream.is_asked
        await telling.end()
        assert await here.until_done(first) == "complete"
        telling = await upstream.asked(2)
        await tell(telling, range(5))
        await telling.end()
        assert await there.until_done(second) == "complete"
        assert await here.until_done(followed) == "complete"
        assert is_whole(second, telling)
        assert is_whole(followed, telling)


async def test_whoever_stops_waiting_lets_the_next_one_begin(
    narrow: Installation, upstream: Upstream
) -> None:
    async with opened(narrow.door(HERE)) as here, opened(narrow.door(THERE)) as there:
        first = await here.say("Count.", *narrow.told)
        telling = await upstream.asked()
        second = await there.say("Count too.", *narrow.told)
        await until_waiting(there, second)
        third = await here.say("And again.", *narrow.told)
        await here.until(lambda: third.waiting == 1)
        await here.send(type="run.stop", run=second.run)
        assert await there.until_done(second) == "stopped"
        await here.until(lambda: third.waiting == 0)
        await tell(telling, range(5))
        await telling.end()
        assert await here.until_done(first) == "complete"
        last = await upstream.asked(2)
        await tell(last, range(5))
        await last.end()
        assert await here.until_done(third) == "complete"
        assert is_whole(third, last)


async def test_an_answer_that_dies_with_its_process_makes_room(
    narrow: Installation, upstream: Upstream
) -> None:
    async with opened(narrow.door(HERE)) as here, opened(narrow.door(THERE)) as there:
        first = await here.say("Count.", *narrow.told)
        await upstream.asked()
        second = await there.say("Count too.", *narrow.told)
        await until_waiting(there, second)
        narrow.kill(HERE)
        telling = await upstream.asked(12)
        await tell(telling, range(5))
        await telling.end()
        assert await there.until_done(second) == "complete"
        assert is_whole(second, telling)
        assert narrow.saved(first.run)[0] == "interrupted"

"""What befalls databases, Redis, disks and processes in the middle of an answer."""

import asyncio
import resource
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from tests.cluster.conftest import listening
from tests.cluster.installation import Installation
from tests.cluster.intervals import REAPING_SECONDS, SOAK
from tests.cluster.pages import Answer, opened
from tests.cluster.reader import Reader
from tests.cluster.servers import Postgres, Redis
from tests.cluster.telling import is_whole, tell
from tests.cluster.upstream import Upstream, event

HERE, THERE = 0, 1
LOCKED_SECONDS = 5 if SOAK else 2
PAUSED_SECONDS = 30 if SOAK else 2 * REAPING_SECONDS


@pytest.fixture(scope="module")
def sqlite(folder: Path) -> Iterator[Installation]:
    """Two processes that share nothing but SQLite.

    Heartbeats are not saved while it is locked or full, so the reaper has the product's interval.
    """
    installation = Installation(folder / "sqlite", REAPER_SECONDS="1.5")
    installation.prepare()
    installation.start(HERE)
    installation.start(THERE)
    yield installation
    installation.end()


@pytest.fixture
async def told(sqlite: Installation) -> AsyncIterator[Upstream]:
    """What `sqlite` asks."""
    async with listening(sqlite) as server:
        yield server


@contextmanager
def locked(installation: Installation) -> Iterator[None]:
    """Somebody else holds the one place of a writer."""
    database = installation.data / "db.sqlite3"
    with closing(sqlite3.connect(database, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full_disk(installation: Installation, number: int) -> Iterator[None]:
    """Files of this process grow no further."""
    process = installation.processes[number].process
    assert process is not None
    former = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, former[1]))
    yield
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, former)


@asynccontextmanager
async def no_redis(redis: Redis) -> AsyncIterator[None]:
    redis.stop(signal.SIGKILL)
    try:
        yield
    finally:
        await asyncio.to_thread(redis.start)


async def test_without_redis_the_other_process_follows_what_is_saved(
    sqlite: Installation, told: Upstream
) -> None:
    async with opened(sqlite.door(HERE)) as here, opened(sqlite.door(THERE)) as there:
        asked = await here.say("Count.", *sqlite.told)
        telling = await told.asked()
        followed = await there.follow(Answer(asked.run))
        await tell(telling, range(20))
        await there.until(lambda: "word19" in followed.words, 3)
        await tell(telling, range(20, 40))
        await telling.end()
        assert await here.until_done(asked) == await there.until_done(followed) == "complete"
        assert asked.html == followed.html
        assert is_whole(followed, telling)

        again = await here.say("Count again.", *sqlite.told)
        telling = await told.asked()
        await tell(telling, range(3))
        await there.send(type="run.stop", run=again.run)
        async with asyncio.timeout(2):
            await telling.left.wait()
        assert await here.until_done(again) == "stopped"


async def test_a_locked_database_holds_up_no_text_and_loses_none(
    sqlite: Installation, told: Upstream
) -> None:
    async with opened(sqlite.door()) as page:
        asked = await page.say("Count.", *sqlite.told)
        telling = await told.asked()
        await tell(telling, range(10))
        with locked(sqlite):
            until = time.monotonic() + LOCKED_SECONDS
            while time.monotonic() < until:
                await tell(telling, range(10, 11), pause=0.1)
                count = len(telling.text.split())
                await page.until(lambda count=count: len(asked.words.split()) == count, 1.5)
        await tell(telling, range(11, 20))
        await telling.end()
        assert await page.until_done(asked) == "complete"
    assert is_whole(asked, telling)
    assert sqlite.saved(asked.run)[:2] == ("complete", telling.text)


async def test_pages_come_and_messages_wait_while_the_database_is_locked(
    sqlite: Installation, told: Upstream
) -> None:
    async with (
        opened(sqlite.door()) as page,
        Reader(sqlite, session=sqlite.session) as reader,
    ):
        await reader.get("/")  # the first page in five minutes notes that the person was there
        with locked(sqlite):
            saying = asyncio.create_task(page.say("Count.", *sqlite.told))
            until = time.monotonic() + LOCKED_SECONDS
            while time.monotonic() < until:
                assert (await reader.get("/")).status_code == 200
                await asyncio.sleep(0.5)
            assert not saying.done()
        asked = await saying
        telling = await told.asked()
        await tell(telling, range(3))
        await telling.end()
        assert await page.until_done(asked) == "complete"
    assert is_whole(asked, telling)


async def test_a_database_that_is_locked_at_the_end_is_waited_for(
    sqlite: Installation, told: Upstream
) -> None:
    async with opened(sqlite.door()) as page:
        asked = await page.say("Count.", *sqlite.told)
        telling = await told.asked()
        await tell(telling, range(10))
        await page.until(lambda: "word9" in asked.words)
        with locked(sqlite):
            await telling.end()
            await asyncio.sleep(LOCKED_SECONDS)
            assert asked.done is None
        assert await page.until_done(asked) == "complete"
    assert sqlite.saved(asked.run)[:2] == ("complete", telling.text)


async def test_stop_does_not_wait_for_a_locked_database(
    sqlite: Installation, told: Upstream
) -> None:
    async with opened(sqlite.door()) as page:
        asked = await page.say("Count.", *sqlite.told)
        telling = await told.asked()
        await tell(telling, range(10))
        await page.until(lambda: "word9" in asked.words)
        with locked(sqlite):
            await page.send(type="run.stop", run=asked.run)
            async with asyncio.timeout(1):
                await telling.left.wait()
        assert await page.until_done(asked) == "stopped"
    assert sqlite.saved(asked.run)[:2] == ("stopped", telling.text)


async def test_a_full_disk_loses_nothing_once_there_is_room(
    sqlite: Installation, told: Upstream
) -> None:
    async with opened(sqlite.door()) as page:
        asked = await page.say("Count.", *sqlite.told)
        telling = await told.asked()
        await tell(telling, range(10))
        with full_disk(sqlite, HERE):
            await tell(telling, range(10, 60), pause=0.02)
            await page.until(lambda: "word59" in asked.words)
            await page.send(
                type="message.send",
                client_id=asked.run,
                text="Again.",
                endpoint=sqlite.told[0],
                model="",
            )
            refused = await page.socket.recv()
            assert "The database does not answer at the moment" in str(refused)
            await telling.end()
            await asyncio.sleep(1)
            assert asked.done is None
        assert await page.until_done(asked) == "complete"
    assert is_whole(asked, telling)
    assert sqlite.saved(asked.run)[:2] == ("complete", telling.text)


async def test_an_answer_outlives_redis_and_others_still_follow(
    cluster: Installation, upstream: Upstream, redis_server: Redis
) -> None:
    async with opened(cluster.door(HERE)) as here, opened(cluster.door(THERE)) as there:
        asked = await here.say("Count.", *cluster.told)
        telling = await upstream.asked()
        followed = await there.follow(Answer(asked.run))
        await tell(telling, range(20))
        await there.until(lambda: "word19" in followed.words)
        async with no_redis(redis_server):
            await tell(telling, range(20, 40))
            await here.until(lambda: "word39" in asked.words, 2)
            await there.until(lambda: "word39" in followed.words, 5)
        await tell(telling, range(40, 60))
        await telling.end()
        assert await here.until_done(asked) == await there.until_done(followed) == "complete"
    assert asked.html == followed.html == cluster.saved(asked.run)[2]
    assert is_whole(followed, telling)


async def test_a_message_can_be_sent_while_there_is_no_redis(
    cluster: Installation, upstream: Upstream, redis_server: Redis
) -> None:
    async with no_redis(redis_server), opened(cluster.door(HERE)) as here:
        asked = await here.say("Count.", *cluster.told)
        telling = await upstream.asked()
        await tell(telling, range(5))
        await telling.end()
        assert await here.until_done(asked) == "complete"


@pytest.mark.parametrize("number", range(2))
async def test_cut_database_connections_lose_nothing(
    cluster: Installation, upstream: Upstream, postgres: Postgres, number: int
) -> None:
    async with opened(cluster.door(HERE)) as here, opened(cluster.door(THERE)) as there:
        asked = await here.say("Count.", *cluster.told)
        telling = await upstream.asked()
        followed = await there.follow(Answer(asked.run))
        await tell(telling, range(20))
        postgres.cut_connections("cluster")
        await tell(telling, range(20, 60), pause=0.02)
        if number:
            postgres.cut_connections("cluster")  # and again, at the very end
        await telling.end()
        assert await here.until_settled(asked) == "complete"
        assert await there.until_settled(followed) == "complete"
    assert asked.html == followed.html == cluster.saved(asked.run)[2]
    assert cluster.saved(asked.run)[1] == telling.text


async def test_postgresql_restarts_in_the_middle_of_an_answer(
    cluster: Installation, upstream: Upstream, postgres: Postgres
) -> None:
    async with opened(cluster.door(HERE)) as here, opened(cluster.door(THERE)) as there:
        asked = await here.say("Count.", *cluster.told)
        telling = await upstream.asked()
        followed = await there.follow(Answer(asked.run))
        await tell(telling, range(20))
        postgres.stop()
        await tell(telling, range(20, 40), pause=0.05)
        await here.until(lambda: "word39" in asked.words)
        await asyncio.to_thread(postgres.start)
        await tell(telling, range(40, 50))
        await telling.end()
        assert await here.until_settled(asked) == "complete"
        assert await there.until_settled(followed) == "complete"
        once_more = await there.say("And again.", *cluster.told)
        telling_again = await upstream.asked()
        await telling_again.say("Here.")
        await telling_again.end()
        assert await there.until_done(once_more) == "complete"
    assert is_whole(asked, telling)
    assert is_whole(followed, telling)
    assert cluster.saved(asked.run)[1] == telling.text


async def test_a_process_that_was_paused_leaves_alone_what_others_did_meanwhile(
    cluster: Installation, upstream: Upstream
) -> None:
    async with opened(cluster.door(HERE)) as here, opened(cluster.door(THERE)) as there:
        asked = await here.say("Count.", *cluster.told)
        telling = await upstream.asked()
        followed = await there.follow(Answer(asked.run))
        living = await there.say("Count too.", *cluster.told)
        living_telling = await upstream.asked()
        await tell(telling, range(20))
        await there.until(lambda: "word19" in followed.words)
        cluster.signal(HERE, signal.SIGSTOP)
        until = time.monotonic() + PAUSED_SECONDS
        assert await there.until_done(followed, 10) == "interrupted"
        assert is_whole(followed, telling)
        assert followed.done is not None
        created = await there.created_by("message.continue", message=followed.done["message"])
        further = await there.follow(Answer(created["run"]))
        further_telling = await upstream.asked()
        await further_telling.say("and on")
        await further_telling.end()
        assert await there.until_done(further) == "complete"
        while time.monotonic() < until:
            await tell(living_telling, range(1), pause=0.25)
        saved = cluster.saved(asked.run)
        await telling.raw(event("late"))
        cluster.signal(HERE, signal.SIGCONT)
        async with asyncio.timeout(5):
            await telling.left.wait()
        assert await here.until_settled(asked) == "interrupted"
        for _ in range(int(4 * REAPING_SECONDS)):  # the living look alive to who has just woken
            await tell(living_telling, range(1), pause=0.25)
        await living_telling.end()
        assert await there.until_done(living) == "complete"
        assert is_whole(living, living_telling)
        assert cluster.saved(asked.run) == saved
        assert cluster.saved(further.run)[:2] == ("complete", f"{telling.text}and on")
        once_more = await here.say("And again.", *cluster.told)
        last = await upstream.asked()
        await tell(last, range(3))
        await last.end()
        assert await here.until_settled(once_more) == "complete"

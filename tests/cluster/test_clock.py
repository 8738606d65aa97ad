"""Clocks that are set an hour ahead and back in the middle of an answer, the databases' own too."""

import asyncio
import html
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.cluster.clock import Clock
from tests.cluster.conftest import listening
from tests.cluster.installation import Installation
from tests.cluster.intervals import REAPING_SECONDS
from tests.cluster.pages import Answer, Page, opened
from tests.cluster.servers import Postgres, Redis, until
from tests.cluster.telling import is_whole, tell
from tests.cluster.upstream import Upstream
from tests.e2e.product import COOKIE, NAME, PASSWORD, Visitor

HERE, THERE = 0, 1
HOUR = 3600
PAUSE = 0.25  # seconds between two words

# The second thread always wants Python's lock; the first one keeps it and sleeps for a second.
WAIT_FOR_THE_LOCK = """
import ctypes, threading, time

def work():
    while True:
        pass

threading.Thread(target=work, daemon=True).start()
sleep = ctypes.PyDLL(None).poll
before = time.process_time()
sleep(None, 0, 1000)
print(time.process_time() - before)
"""


@pytest.fixture(scope="module")
def clock(folder: Path) -> Clock:
    return Clock(folder)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(
    request: pytest.FixtureRequest, folder: Path, clock: Clock
) -> Iterator[Installation]:
    """Two processes, PostgreSQL on the same clock.

    Redis does not run under libfaketime; what it forgets when its clock jumps, it also forgets when
    it restarts.
    """
    environment = {"RUNS_PER_USER": "2"} | clock.environment
    postgres = None
    if request.param == "postgresql":
        place = folder / "clocked"
        place.mkdir()
        postgres = Postgres(place, clock.environment)
        postgres.start()
        redis: Redis = request.getfixturevalue("redis_server")
        environment |= {"DATABASE_URL": postgres.create_prepared("clocked"), "REDIS_URL": redis.url}
    installation = Installation(folder / f"clocked-{request.param}", **environment)
    installation.prepare()
    yield installation
    installation.end()
    if postgres is not None:
        postgres.stop()


@pytest.fixture
async def upstream(installation: Installation, clock: Clock) -> AsyncIterator[Upstream]:
    clock.set(0)
    for number in (HERE, THERE):
        installation.start(number)
    async with listening(installation) as server:
        yield server


@pytest.fixture
def set_clock(installation: Installation, clock: Clock) -> Callable[[int], None]:
    """Sets the clock and waits until both processes and the database have noticed."""

    def set_clock(seconds: int) -> None:
        clock.set(seconds)
        clocks = [partial(ahead, port) for port in installation.ports]
        if installation.database:
            clocks.append(partial(database_ahead, installation))
        try:
            for read in clocks:
                until(lambda read=read: abs(read() - seconds) < 60, "the new time", 10)
        except httpx.TimeoutException:
            installation.abort()
            raise

    return set_clock


def ahead(port: int) -> float:
    """How many seconds the clock of the process at this port is ahead."""
    answer = httpx.get(f"http://localhost:{port}/accounts/login/", trust_env=False)
    said = re.search(r"expires=([^;]+)", answer.headers["Set-Cookie"])
    assert said
    year = 52 * 7 * 24 * HOUR  # CSRF_COOKIE_AGE
    return (parsedate_to_datetime(said[1]) - datetime.now(UTC)).total_seconds() - year


def database_ahead(installation: Installation) -> float:
    """The same of PostgreSQL's."""
    ((now,),) = installation.query("SELECT EXTRACT(EPOCH FROM now())")
    return float(now) - time.time()


def test_a_thread_that_waits_uses_no_processor_time(clock: Clock) -> None:
    """Else the processes of the other tests stand still for seconds where processors are few."""
    command = [sys.executable, "-c", WAIT_FOR_THE_LOCK]
    environment = os.environ | clock.environment
    used = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    assert float(used) < 0.1


async def test_an_answer_its_followers_and_those_that_wait_notice_nothing(
    installation: Installation, upstream: Upstream, set_clock: Callable[[int], None]
) -> None:
    async with (
        opened(installation.door(HERE)) as here,
        opened(installation.door(THERE)) as there,
    ):
        asked = await here.say("Count.", *installation.told)
        telling = await upstream.asked()
        followed = await there.follow(Answer(asked.run))
        other = await there.say("Count too.", *installation.told)
        other_telling = await upstream.asked()
        waiting = await there.say("And again.", *installation.told)
        told = 0
        for jump in (HOUR, -HOUR):  # and so back by two
            await asyncio.to_thread(set_clock, jump)
            before, told = told, told + math.ceil(REAPING_SECONDS / PAUSE)
            await tell(telling, range(before, told), pause=PAUSE)
            last = f"word{told - 1}"
            await here.until(lambda last=last: last in asked.words)
            await there.until(lambda last=last: last in followed.words)
        assert not upstream.is_asked
        await telling.end()
        assert await here.until_done(asked) == "complete"
        assert await there.until_done(followed) == "complete"
        waiting_telling = await upstream.asked(2)
        for each in (other_telling, waiting_telling):
            await tell(each, range(3))
            await each.end()
        assert await there.until_done(other) == "complete"
        assert await there.until_done(waiting) == "complete"
    assert is_whole(asked, telling)
    assert is_whole(followed, telling)
    assert asked.html == followed.html == installation.saved(asked.run)[2]
    assert installation.saved(asked.run)[:2] == ("complete", telling.text)


async def test_a_process_that_dies_is_noticed_by_clocks_that_were_set_back(
    installation: Installation, upstream: Upstream, set_clock: Callable[[int], None]
) -> None:
    async with opened(installation.door(HERE)) as here, opened(installation.door(THERE)) as there:
        asked = await here.say("Count.", *installation.told)
        telling = await upstream.asked()
        followed = await there.follow(Answer(asked.run))
        await tell(telling, range(10))
        await there.until(lambda: "word9" in followed.words)
        await asyncio.to_thread(set_clock, -HOUR)
        installation.kill(HERE)
        assert await there.until_done(followed) == "interrupted"
    assert is_whole(followed, telling)


async def test_the_messages_of_a_conversation_stay_in_their_order_and_people_signed_in(
    installation: Installation, upstream: Upstream, set_clock: Callable[[int], None]
) -> None:
    async with opened(installation.door(HERE)) as page:
        conversation = None
        for number, jump in enumerate((0, HOUR, -HOUR, 0)):
            await asyncio.to_thread(set_clock, jump)
            conversation = await say_in(page, conversation, f"Question {number}.", installation)
            telling = await upstream.asked()
            await telling.say(f"Reply {number}.")
            await telling.end()
            await page.event("message.done")
    text = shown(installation, f"/c/{conversation}/")
    words = re.findall(r"(Question|Reply) (\d)\.", text[text.index('id="messages"') :])
    assert words == [(kind, str(n)) for n in range(4) for kind in ("Question", "Reply")]


async def say_in(
    page: Page, conversation: str | None, text: str, installation: Installation
) -> str:
    """Say something in a conversation, or in a new one; its id."""
    endpoint, model = installation.told
    created = await page.created(text, endpoint, model, conversation=conversation)
    await page.follow(Answer(created["run"]))
    return str(created["conversation"])


def shown(installation: Installation, path: str) -> str:
    """A page as its person sees it."""
    address = f"http://localhost:{installation.ports[THERE]}{path}"
    cookies = {COOKIE: installation.session}
    answer = httpx.get(address, cookies=cookies, trust_env=False)  # type: ignore[arg-type]
    assert answer.status_code == 200
    return html.unescape(answer.text)


def test_people_can_sign_in_before_and_after(
    installation: Installation, upstream: Upstream, set_clock: Callable[[int], None]
) -> None:
    url = f"http://localhost:{installation.ports[HERE]}"
    for jump in (HOUR, 0, -HOUR, 0):
        set_clock(jump)
        visitor = Visitor(url)
        login = f"{url}/accounts/login/"
        visitor.send(login, login=NAME, password="not-the-one")
        assert not visitor.session
        visitor.send(login, login=NAME, password=PASSWORD)
        assert NAME in visitor.get(f"{url}/")

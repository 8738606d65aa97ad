"""What people read, and can still do, while PostgreSQL or Redis is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.cluster.installation import Installation
from tests.cluster.intervals import SOAK
from tests.cluster.pages import opened
from tests.cluster.reader import Reader, words
from tests.cluster.servers import Postgres, Redis
from tests.cluster.telling import is_whole, tell
from tests.cluster.test_faults import no_redis
from tests.cluster.upstream import Upstream
from tests.e2e.product import COOKIE

AWAY_SECONDS = 120 if SOAK else 5
SENTENCE = "The database does not answer at the moment."


@asynccontextmanager
async def no_postgres(postgres: Postgres) -> AsyncIterator[None]:
    await asyncio.to_thread(postgres.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(postgres.start)


async def test_pages_say_that_the_database_is_away_and_are_there_as_soon_as_it_is_back(
    cluster: Installation, postgres: Postgres
) -> None:
    async with Reader(cluster, session=cluster.session) as reader:
        assert (await reader.get("/")).status_code == 200
        async with no_postgres(postgres):
            until = time.monotonic() + AWAY_SECONDS
            while time.monotonic() < until:
                began = time.monotonic()
                answer = await reader.get("/")
                assert time.monotonic() - began < 15
                assert answer.status_code == 503
                assert answer.headers["Retry-After"] == "5"
                assert SENTENCE in words(answer)
        await reader.until_shown("/", 10)


async def test_a_message_is_refused_with_a_sentence_and_what_grows_goes_on(
    cluster: Installation, upstream: Upstream, postgres: Postgres
) -> None:
    endpoint, model = cluster.told
    async with opened(cluster.door()) as page:
        asked = await page.say("Count.", endpoint, model)
        telling = await upstream.asked()
        await tell(telling, range(10))
        async with no_postgres(postgres):
            await tell(telling, range(10, 20))
            await page.until(lambda: "word19" in asked.words, 2)
            refused = await page.refused("message.send", text="Hi", endpoint=endpoint, model=model)
            assert SENTENCE in refused["message"]
            await tell(telling, range(20, 30))
            await telling.end()
        assert await page.until_settled(asked, 30) == "complete"
        assert is_whole(asked, telling)
    assert cluster.saved(asked.run)[:2] == ("complete", telling.text)


async def test_people_sign_in_and_talk_while_redis_is_away(
    cluster: Installation, upstream: Upstream, redis_server: Redis
) -> None:
    async with no_redis(redis_server), Reader(cluster) as reader:
        assert (await reader.sign_in()).status_code == 302
        assert (await reader.get("/")).status_code == 200
        async with opened(replace(cluster.door(), session=reader.cookies[COOKIE])) as page:
            asked = await page.say("Count.", *cluster.told)
            telling = await upstream.asked()
            await tell(telling, range(5))
            await telling.end()
            assert await page.until_done(asked) == "complete"
        assert is_whole(asked, telling)

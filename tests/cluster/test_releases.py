"""Two releases on one database, as a rolling restart has them for a while."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.cluster.conftest import listening
from tests.cluster.installation import Installation
from tests.cluster.pages import Answer, Page, opened
from tests.cluster.proxy import Nginx
from tests.cluster.reader import Reader
from tests.cluster.releases import RELEASE, make_newer_release
from tests.cluster.servers import Postgres, Redis
from tests.cluster.telling import is_whole, tell
from tests.cluster.upstream import Upstream
from tests.e2e.product import ROOT

OLD, NEW = 0, 1


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the program of a newer release lies."""
    return make_newer_release(tmp_path_factory.mktemp("newer") / "webchat")


@pytest.fixture(scope="module")
def mixed(
    folder: Path, postgres: Postgres, redis_server: Redis, newer: Path
) -> Iterator[Installation]:
    """This release and a newer one behind nginx; this one was there first."""
    place = folder / "mixed"
    place.mkdir()
    nginx = Nginx(place, [], place / "data")
    installation = Installation(
        place / "data",
        nginx.origin,
        DATABASE_URL=postgres.create_prepared("mixed"),
        REDIS_URL=redis_server.url,
        TRUSTED_PROXIES="1",
    )
    nginx.behind = installation.addresses
    installation.nginx = nginx
    installation.prepare()
    installation.start(OLD)
    installation.start(NEW, newer)
    nginx.start()
    yield installation
    installation.end()
    nginx.stop()


@pytest.fixture
async def upstream(mixed: Installation, newer: Path) -> AsyncIterator[Upstream]:
    """What both ask."""
    await asyncio.to_thread(run, mixed, OLD, ROOT)
    await asyncio.to_thread(run, mixed, NEW, newer)
    async with listening(mixed) as server:
        yield server


def run(installation: Installation, number: int, release: Path) -> None:
    """Let this process be of this release."""
    running = installation.processes.get(number)
    if running is not None and running.root != release:
        running.end(signal.SIGTERM)
    installation.start(number, release)


@pytest.mark.parametrize(("asks", "follows"), [(OLD, NEW), (NEW, OLD)])
async def test_an_answer_of_one_release_is_followed_stopped_and_shown_in_the_other(
    mixed: Installation, upstream: Upstream, asks: int, follows: int
) -> None:
    async with opened(mixed.door(asks)) as here, opened(mixed.door(follows)) as there:
        asked = await here.say("Count.", *mixed.told)
        telling = await upstream.asked()
        await tell(telling, range(10))
        followed = await there.follow(Answer(asked.run))
        await there.until(lambda: "word9" in followed.words)
        await tell(telling, range(10, 20))
        await telling.end()
        assert await here.until_done(asked) == await there.until_done(followed) == "complete"
        assert is_whole(asked, telling)
        assert is_whole(followed, telling)

        again = await here.say("Once more.", *mixed.told)
        telling = await upstream.asked()
        await there.send(type="run.stop", run=again.run)
        async with asyncio.timeout(2):
            await telling.left.wait()
        assert await here.until_done(again) == "stopped"
    for number in (asks, follows, asks):
        assert "word19" in await shown(mixed, number, asked.run)


async def shown(installation: Installation, number: int, run: str) -> str:
    """The page of the conversation of this run, from one process."""
    statement = (
        "SELECT m.conversation_id FROM webchat_message m"
        " JOIN webchat_run r ON r.message_id = m.id WHERE r.id = %s"
    )
    conversation = installation.query(statement, run)[0][0]
    answer = await get(installation, number, f"/c/{conversation}/")
    assert answer.status_code == 200
    return answer.text


async def get(installation: Installation, number: int, path: str) -> httpx.Response:
    async with Reader(installation, number, session=installation.session) as reader:
        return await reader.get(path)


async def test_what_the_newer_release_rendered_is_left_to_it(
    mixed: Installation, upstream: Upstream
) -> None:
    statement = (
        "SELECT m.renderer_version FROM webchat_message m"
        " JOIN webchat_run r ON r.message_id = m.id WHERE r.id = %s"
    )
    async with opened(mixed.door(OLD)) as page:
        asked = await page.say("Count.", *mixed.told)
        telling = await upstream.asked()
        await tell(telling, range(3))
        await telling.end()
        await page.until_done(asked)
    versions = []
    for number in (OLD, NEW, OLD, NEW):
        await shown(mixed, number, asked.run)
        versions.append(mixed.query(statement, asked.run)[0][0])
    assert versions[0] < versions[1]
    assert versions[1:] == [9999] * 3


async def test_each_release_serves_what_pages_of_the_other_need(
    mixed: Installation, upstream: Upstream
) -> None:
    needed: dict[int, set[str]] = {}
    for number in (OLD, NEW):
        page = (await get(mixed, number, "/")).text
        needed[number] = set(re.findall(r"/static/[^\"' )#]+", page))
        assert needed[number]
    assert needed[OLD] != needed[NEW]
    for number in (OLD, NEW):
        for path in needed[OLD] | needed[NEW]:
            assert (await get(mixed, number, path)).status_code == 200, path
    door = mixed.front_door
    assert door.trusted is not None
    async with httpx.AsyncClient(verify=door.trusted, trust_env=False) as reader:
        for path in needed[OLD] | needed[NEW]:
            for _ in range(2):  # nginx takes turns
                assert (await reader.get(f"{mixed.origin}{path}")).status_code == 200, path


async def test_a_page_learns_which_release_answers(mixed: Installation, upstream: Upstream) -> None:
    told = {}
    for number in (OLD, NEW):
        page = await Page.open(mixed.door(number))
        told[number] = page.release
        await page.close()
    assert told[NEW] == RELEASE != told[OLD]


async def test_an_update_one_process_after_the_other_loses_no_answer_and_neither_does_the_way_back(
    mixed: Installation, upstream: Upstream, newer: Path
) -> None:
    for release in (newer, ROOT):
        other = ROOT if release == newer else newer
        for number in (OLD, NEW):
            await asyncio.to_thread(run, mixed, number, other)
        async with opened(mixed.front_door) as one, opened(mixed.front_door) as two:
            pages = (one, two)  # one of them at each process
            asked = [await page.say("Count.", *mixed.told) for page in pages]
            tellings = [await upstream.asked() for _ in pages]
            for telling in tellings:
                await tell(telling, range(10))
            following = [
                asyncio.create_task(page.until_settled(*page.answers.values(), 90))
                for page in pages
            ]
            for number in (OLD, NEW):
                await asyncio.to_thread(run, mixed, number, release)
            assert await asyncio.gather(*following) == ["interrupted"] * 2
            for page, answer in zip(pages, asked, strict=True):
                assert answer.words.split() == [f"word{n}" for n in range(10)]
                assert mixed.saved(answer.run)[1].split() == answer.words.split()
                await page.come_back()
                await go_on(page, answer, upstream)


async def go_on(page: Page, former: Answer, upstream: Upstream) -> None:
    """Ask the answer to go on, in whatever release the page is connected to now."""
    assert former.done is not None
    created = await page.created_by("message.continue", message=former.done["message"])
    answer = await page.follow(Answer(created["run"]))
    telling = await upstream.asked()
    await telling.say("and on")
    await telling.end()
    assert await page.until_done(answer) == "complete"
    assert answer.words.split() == [*former.words.split(), "and", "on"]

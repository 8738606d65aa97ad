"""Two processes behind nginx: whoever asks, whoever looks, whatever process they come to."""

import asyncio
import contextlib
import re
import signal
import time
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.cluster.installation import Installation
from tests.cluster.pages import Answer, Page, opened
from tests.cluster.telling import is_whole, tell
from tests.cluster.upstream import Upstream
from tests.e2e.product import COOKIE

HERE, THERE = 0, 1


async def test_an_answer_made_here_is_followed_there(
    cluster: Installation, upstream: Upstream
) -> None:
    async with opened(cluster.door(HERE)) as here, opened(cluster.door(THERE)) as there:
        asked = await here.say("Count.", *cluster.told)
        telling = await upstream.asked()
        await tell(telling, range(20))
        followed = await there.follow(Answer(asked.run))
        await there.until(lambda: "word19" in followed.words)
        await tell(telling, range(20, 60))
        await telling.end()
        assert await here.until_done(asked) == "complete"
        assert await there.until_done(followed) == "complete"
    assert is_whole(asked, telling)
    assert is_whole(followed, telling)
    status, text, html = cluster.saved(asked.run)
    assert (status, text) == ("complete", telling.text)
    assert asked.html == followed.html == html


async def test_text_reaches_the_other_process_sooner_than_a_checkpoint(
    cluster: Installation, upstream: Upstream
) -> None:
    async with opened(cluster.door(HERE)) as here, opened(cluster.door(THERE)) as there:
        asked = await here.say("Count.", *cluster.told)
        telling = await upstream.asked()
        followed = await there.follow(Answer(asked.run))
        await telling.say("word0 ")
        await there.until(lambda: "word0" in followed.words)
        waits = []
        for number in range(1, 12):
            began = time.monotonic()
            await telling.say(f"word{number} ")
            await there.until(lambda number=number: f"word{number}" in followed.words)
            waits.append(time.monotonic() - began)
        await telling.end()
        await there.until_done(followed)
    assert sorted(waits)[len(waits) // 2] < 0.3


async def test_stop_there_ends_the_answer_here_and_its_upstream_within_a_second(
    cluster: Installation, upstream: Upstream
) -> None:
    async with opened(cluster.door(HERE)) as here, opened(cluster.door(THERE)) as there:
        asked = await here.say("Count.", *cluster.told)
        telling = await upstream.asked()
        await tell(telling, range(5))
        await here.until(lambda: "word4" in asked.words)  # and from here on the upstream is silent
        began = time.monotonic()
        await there.send(type="run.stop", run=asked.run)
        async with asyncio.timeout(1):
            await telling.left.wait()
        assert await here.until_done(asked, 1) == "stopped"
        assert time.monotonic() - began < 1
    assert cluster.saved(asked.run)[:2] == ("stopped", telling.text)
    assert is_whole(asked, telling)


@pytest.mark.parametrize("words", [0, 1, 7, 29])
async def test_a_page_that_is_cut_off_comes_back_through_nginx_and_misses_nothing(
    cluster: Installation, upstream: Upstream, words: int
) -> None:
    async with opened(cluster.front_door) as page, opened(cluster.front_door) as second:
        asked = await page.say("Count.", *cluster.told)
        telling = await upstream.asked()
        other = await second.follow(Answer(asked.run))
        await tell(telling, range(words))
        await page.until(lambda: words == 0 or f"word{words - 1}" in asked.words)
        page.socket.transport.abort()
        await tell(telling, range(words, 30))
        await page.come_back()
        await page.until(lambda: "word29" in asked.words)
        reloaded = await Page.open(cluster.front_door)
        anew = await reloaded.follow(Answer(asked.run))
        await tell(telling, range(30, 40))
        await telling.end()
        await asyncio.gather(
            page.until_done(asked), second.until_done(other), reloaded.until_done(anew)
        )
        await reloaded.close()
    for answer in (asked, other, anew):
        assert is_whole(answer, telling)
        assert answer.html == cluster.saved(asked.run)[2]


async def test_a_repeated_send_through_nginx_attaches_to_the_run_there_is(
    cluster: Installation, upstream: Upstream
) -> None:
    client_id = uuid4()
    async with opened(cluster.door(HERE)) as here, opened(cluster.door(THERE)) as there:
        first = await here.say("Count.", *cluster.told, client_id=client_id)
        second = await there.say("Count.", *cluster.told, client_id=client_id)
        assert first.run == second.run
        telling = await upstream.asked()
        await tell(telling, range(3))
        await telling.end()
        await there.until_done(second)
        await here.until_done(first)
    assert is_whole(first, telling)
    assert is_whole(second, telling)
    assert len(upstream.requests) == 1


async def test_a_follower_of_a_killed_process_sees_the_interruption_and_keeps_all_text(
    cluster: Installation, upstream: Upstream
) -> None:
    async with opened(cluster.door(HERE)) as here, opened(cluster.door(THERE)) as there:
        asked = await here.say("Count.", *cluster.told)
        telling = await upstream.asked()
        followed = await there.follow(Answer(asked.run))
        await tell(telling, range(30))
        await there.until(lambda: "word29" in followed.words)
        began = time.monotonic()
        cluster.kill(HERE)
        assert await there.until_done(followed, 10) == "interrupted"
        assert time.monotonic() - began < 10
        assert is_whole(followed, telling)
        assert followed.done is not None
        assert "Try again" in followed.done["html"]
        await here.come_back(cluster.door(THERE))
        assert await here.until_done(asked) == "interrupted"
    assert is_whole(asked, telling)
    assert cluster.saved(asked.run)[1].split() == telling.text.split()


async def test_a_rolling_restart_loses_no_answer_and_fails_no_request(
    cluster: Installation, upstream: Upstream
) -> None:
    async with opened(cluster.front_door) as one, opened(cluster.front_door) as two:
        pages = (one, two)  # nginx takes turns: one of them at each process
        asked = [await page.say("Count.", *cluster.told) for page in pages]
        tellings = [await upstream.asked() for _ in pages]
        for telling in tellings:
            await tell(telling, range(10))
        coming_back = [asyncio.create_task(come_back_until_done(page)) for page in pages]
        over = asyncio.Event()
        visitors = [asyncio.create_task(ask_until(over, cluster)) for _ in range(2)]
        for number in (HERE, THERE):
            await asyncio.to_thread(cluster.processes[number].end, signal.SIGTERM)
            await asyncio.to_thread(cluster.start, number)
        over.set()
        statuses = [status for visitor in visitors for status in await visitor]
        codes = [code for task in coming_back for code in await task]
    assert len(codes) >= len(pages)
    assert set(codes) == {4012}
    assert len(statuses) > 20
    assert set(statuses) == {200}
    for answer in asked:
        status, text, _ = cluster.saved(answer.run)
        assert (status, text.split()) == ("interrupted", [f"word{n}" for n in range(10)])
        assert (answer.status, answer.words.split()) == (status, text.split())


async def come_back_until_done(page: Page) -> list[int]:
    """Follow over as many restarts as it takes; the codes the sockets closed with."""
    codes = []
    while any(answer.done is None for answer in page.answers.values()):
        codes.append(await page.close_code())
        await page.come_back()
        with contextlib.suppress(ConnectionClosed):
            for answer in page.answers.values():
                await page.until_done(answer)
    return codes


async def ask_until(over: asyncio.Event, cluster: Installation) -> list[int]:
    """Load the first page again and again; the statuses."""
    door = cluster.front_door
    cookies = {COOKIE: door.session}
    assert door.trusted is not None
    async with httpx.AsyncClient(verify=door.trusted, cookies=cookies, trust_env=False) as visitor:
        statuses = []
        while not over.is_set():
            statuses.append((await visitor.get(f"{cluster.origin}/")).status_code)
            await asyncio.sleep(0.05)  # leaves the processor to the processes that start
        return statuses


def attempts(cluster: Installation, number: int, count: int) -> list[str]:
    """What the sign-in page of one process says to so many wrong passwords, one by one."""
    address = f"http://127.0.0.1:{cluster.ports[number]}/accounts/login/"
    heads = {"Host": cluster.origin.removeprefix("https://"), "Referer": f"{cluster.origin}/"}
    heads |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
    with httpx.Client(headers=heads, trust_env=False) as client:
        page = client.get(address)
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token
        # The cookie is for https only, and the proxy that speaks it is left out here.
        client.headers["Cookie"] = "; ".join(f"{one.name}={one.value}" for one in page.cookies.jar)
        fields = {"csrfmiddlewaretoken": token[1], "login": "mallory", "password": "x"}
        return [client.post(address, data=fields).text for _ in range(count)]


def test_wrong_passwords_count_whichever_process_they_come_to(cluster: Installation) -> None:
    for place, count in ((HERE, 3), (THERE, 2)):
        assert all("not correct" in page for page in attempts(cluster, place, count))
    assert "Too many failed" in attempts(cluster, HERE, 1)[0]
    assert "Too many failed" in attempts(cluster, THERE, 1)[0]

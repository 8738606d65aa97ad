"""Upstreams that stall, drip, break off or speak without end; the person reads what happened."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import listening
from tests.cluster.installation import Installation
from tests.cluster.pages import opened
from tests.cluster.telling import is_whole, tell
from tests.cluster.upstream import Upstream, event

IDLE_SECONDS = 2
SILENT = "did not answer in time"


@pytest.fixture(scope="module")
def impatient(folder: Path) -> Iterator[Installation]:
    installation = Installation(folder / "impatient", RUN_IDLE=str(IDLE_SECONDS))
    installation.prepare()
    installation.start()
    yield installation
    installation.end()


@pytest.fixture
async def upstream(impatient: Installation) -> AsyncIterator[Upstream]:
    async with listening(impatient) as server:
        yield server


async def test_one_that_falls_silent_is_given_up_and_its_text_kept(
    impatient: Installation, upstream: Upstream
) -> None:
    async with opened(impatient.door()) as page:
        asked = await page.say("Count.", *impatient.told)
        telling = await upstream.asked()
        await tell(telling, range(5))
        assert await page.until_done(asked, IDLE_SECONDS + 3) == "failed"
        await telling.left.wait()
    assert impatient.saved(asked.run)[:2] == ("failed", telling.text)
    assert is_whole(asked, telling)
    assert SILENT in asked.footer
    assert "Try again" in asked.footer


async def test_one_that_sends_byte_after_byte_is_understood(
    impatient: Installation, upstream: Upstream
) -> None:
    async with opened(impatient.door()) as page:
        asked = await page.say("Count.", *impatient.told)
        telling = await upstream.asked()
        for text in ("Дрип ", "💧 ", "drop"):
            for byte in event(text):
                await telling.raw(bytes([byte]))
            telling.text += text
        await telling.end()
        assert await page.until_done(asked) == "complete"
    assert is_whole(asked, telling)


async def test_one_that_drips_and_never_says_anything_is_given_up(
    impatient: Installation, upstream: Upstream
) -> None:
    async with opened(impatient.door()) as page:
        asked = await page.say("Count.", *impatient.told)
        telling = await upstream.asked()
        await tell(telling, range(2))
        for byte in event("never")[:20]:
            try:
                await telling.raw(bytes([byte]))
                await page.until_done(asked, 0.5)
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert await page.until_done(asked) == "failed"
    assert is_whole(asked, telling)
    assert SILENT in asked.footer


async def test_one_that_resets_the_connection_leaves_what_it_said(
    impatient: Installation, upstream: Upstream
) -> None:
    async with opened(impatient.door()) as page:
        asked = await page.say("Count.", *impatient.told)
        telling = await upstream.asked()
        await tell(telling, range(5))
        await page.until(lambda: "word4" in asked.words)
        telling.reset()
        assert await page.until_done(asked) == "failed"
    assert is_whole(asked, telling)
    assert impatient.saved(asked.run)[:2] == ("failed", telling.text)
    assert "broke the connection off" in asked.footer
    assert "Try again" in asked.footer


async def test_one_that_sends_a_megabyte_a_line_is_cut_off_and_holds_up_nobody(
    impatient: Installation, upstream: Upstream
) -> None:
    async with opened(impatient.door()) as page, opened(impatient.door()) as other:
        asked = await page.say("Count.", *impatient.told)
        telling = await upstream.asked()
        await telling.say("x" * 1024 * 1024)
        small = await other.say("Hello, at once", *impatient.demo)
        assert await other.until_done(small) == "complete"
        assert await page.until_done(asked) == "complete"
        await telling.left.wait()
    assert "became too long" in asked.footer
    text = impatient.saved(asked.run)[1]
    assert 100_000 < len(text) < 300_000
    assert set(text) == {"x"}

"""Under uvicorn, which speaks the lifespan protocol, an end saves everything too."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import listening
from tests.cluster.installation import Installation
from tests.cluster.pages import opened
from tests.cluster.servers import listens, until
from tests.cluster.telling import tell
from tests.cluster.upstream import Upstream
from tests.e2e.product import ROOT


@pytest.fixture
def installation(folder: Path) -> Iterator[Installation]:
    installation = Installation(folder / "uvicorn")
    installation.prepare()
    installation.start()  # once, for the static files and the endpoints
    installation.end()
    yield installation


@pytest.fixture
async def upstream(installation: Installation) -> AsyncIterator[Upstream]:
    async with listening(installation) as server:
        yield server


@pytest.fixture
def process(installation: Installation) -> Iterator[subprocess.Popen[bytes]]:
    port = installation.ports[0]
    command = [sys.executable, "-m", "uvicorn", "webchat.asgi:application", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=installation.full_environment())
    until(lambda: listens(port), "uvicorn")
    yield process
    process.kill()
    process.wait()


async def test_an_end_saves_the_answer_and_tells_the_page(
    installation: Installation, upstream: Upstream, process: subprocess.Popen[bytes]
) -> None:
    async with opened(installation.door()) as page:
        asked = await page.say("Count.", *installation.told)
        telling = await upstream.asked()
        await tell(telling, range(10))
        await page.until(lambda: "word9" in asked.words)
        process.send_signal(signal.SIGTERM)
        assert await page.close_code() in {4012, 1012}  # uvicorn has its own word for a restart
        await asyncio.to_thread(process.wait, 20)
    assert installation.saved(asked.run)[:2] == ("interrupted", telling.text)

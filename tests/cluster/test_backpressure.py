"""Somebody who sends commands and reads no answer."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from tests.cluster.installation import Installation
from tests.cluster.intervals import SOAK
from tests.cluster.pages import Page, opened
from tests.cluster.upstream import Upstream
from webchat.management.serving.reading import UNHEARD, Reading

LONG = "x" * 20_000
ENOUGH = 5_000  # answers of LONG: a hundred megabytes
MANY = 1_000
BUFFER = 64 * 1024  # what the kernel keeps is soon full; in soak it may grow to megabytes


def memory(installation: Installation) -> float:
    """Megabytes that process 0 alone uses."""
    process = installation.processes[0].process
    assert process is not None
    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    assert found
    return int(found[1]) / 1024


async def repeat_until_stuck(page: Page, **command: object) -> int:
    """Say the same again and again without reading, until nobody takes it; how often."""
    for number in range(ENOUGH):
        try:
            async with asyncio.timeout(3):
                await page.send(**command)
        except TimeoutError:
            return number
    raise AssertionError("the server takes whatever comes")


async def test_commands_of_who_does_not_read_wait_and_cost_no_memory(
    cluster: Installation, upstream: Upstream
) -> None:
    endpoint, model = cluster.told
    said = {"client_id": uuid4(), "text": LONG, "endpoint": endpoint, "model": model}
    door = replace(cluster.door(), buffer=0 if SOAK else BUFFER)
    async with opened(door) as page, opened(cluster.door()) as other:
        await page.created_by("message.send", **said)
        telling = await upstream.asked()
        await telling.say("Here.")
        await telling.end()
        before = memory(cluster)
        await repeat_until_stuck(page, type="message.send", **said)
        assert memory(cluster) - before < 10
        await other.send(type="ping")  # nobody else waits
        await other.event("pong")


async def test_who_sends_much_at_once_and_reads_later_is_answered_in_order(
    cluster: Installation,
) -> None:
    async with opened(cluster.door()) as page:
        for _ in range(MANY):
            await page.send(type="ping")
            await page.send(type="run.stop", run="not a run")
        for _ in range(MANY):
            assert (await page.next())["type"] == "pong"
            assert (await page.next())["type"] == "command.refused"


class Wire:
    """As much of a transport as is paused and resumed."""

    def __init__(self) -> None:
        self.is_read = True

    def pauseProducing(self) -> None:
        self.is_read = False

    def resumeProducing(self) -> None:
        self.is_read = True


def test_a_connection_is_read_again_when_nothing_speaks_against_it_any_more() -> None:
    wire = Wire()
    reading = Reading(wire)
    reading.pauseProducing()
    reading.pause(UNHEARD)
    reading.resumeProducing()
    assert not wire.is_read
    reading.resume(UNHEARD)
    assert wire.is_read

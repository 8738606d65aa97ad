"""The log of a run."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from webchat.generation.log import Ended, RunLog


async def _read(log: RunLog, after: int = 0) -> list[object]:
    """What a follower reads that has read so many entries before."""
    read: list[object] = []
    while not (log.ended and after + len(read) >= log.seq):
        await log.wait(after + len(read))
        read += log.since(after + len(read))
    return read


async def test_a_late_follower_reads_everything() -> None:
    log = RunLog()
    for entry in ("a", "b", Ended("complete")):
        log.append(entry)
    assert await _read(log) == ["a", "b", Ended("complete")]


async def test_a_follower_goes_on_after_the_number_it_read() -> None:
    log = RunLog()
    for entry in ("a", "b", Ended("complete")):
        log.append(entry)
    assert await _read(log, after=1) == ["b", Ended("complete")]


async def test_a_follower_that_waits_is_woken() -> None:
    log = RunLog()
    reader = asyncio.create_task(_read(log))
    await asyncio.sleep(0)
    log.append("a")
    await asyncio.sleep(0)
    log.append(Ended("stopped"))
    assert await reader == ["a", Ended("stopped")]


async def test_a_slow_follower_is_not_kept_waiting_and_reads_all_that_came() -> None:
    log = RunLog()
    for entry in ("a", "b", "c"):
        log.append(entry)
    await asyncio.wait_for(log.wait(1), 1)
    assert log.since(1) == ["b", "c"]


async def test_a_follower_that_leaves_is_forgotten() -> None:
    log = RunLog()
    reader = asyncio.create_task(log.wait(0))
    await asyncio.sleep(0)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    assert not log._waiting


@given(st.lists(st.text(min_size=1, max_size=3), max_size=20), st.data())
def test_followers_from_any_number_see_the_same_end(texts: list[str], data: st.DataObject) -> None:
    log = RunLog()
    for text in texts:
        log.append(text)
    log.append(Ended("complete"))
    after = data.draw(st.integers(0, len(texts) + 1))
    assert asyncio.run(_read(log, after)) == [*texts, Ended("complete")][after:]

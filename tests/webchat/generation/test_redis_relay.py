"""Runs and notices between processes: two relays stand for two processes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis.asyncio as redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.response import Reasoning, Source, Sources
from webchat.generation import codec, notices, redis_relay
from webchat.generation.log import Ended, Entry, Pictures, RunLog
from webchat.generation.mirror import Mirror
from webchat.generation.redis_reader import CLOSE_SECONDS, notices_key, run_key, snapshot_key
from webchat.generation.redis_relay import RedisRelay

PATIENCE = 5


@pytest.fixture
async def here(redis_url: str) -> AsyncIterator[RedisRelay]:
    relay = RedisRelay(redis_url)
    relay.start()
    yield relay
    await relay.close()


@pytest.fixture
async def by_hand(redis_url: str) -> AsyncIterator[RedisRelay]:
    """A relay that writes when the test says so."""
    relay = RedisRelay(redis_url)
    yield relay
    await relay.close()


@pytest.fixture
async def there(redis_url: str) -> AsyncIterator[RedisRelay]:
    relay = RedisRelay(redis_url)
    relay.start()
    yield relay
    await relay.close()


async def until(condition: Callable[[], bool], log: RunLog) -> None:
    """Wait for a log that grows until the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await log.wait(log.seq)


async def test_text_of_one_process_is_heard_in_another(here: RedisRelay, there: RedisRelay) -> None:
    run, log, mirror = uuid4(), RunLog(), Mirror()
    here.share(run, log)
    log.append(Reasoning("Hm "))
    log.append("One ")
    there.hear(run, mirror)
    await until(lambda: mirror.text == "One ", mirror.log)
    log.append("two")
    await until(lambda: mirror.text == "One two", mirror.log)
    assert mirror.reasoning == "Hm "


async def test_the_end_is_heard(here: RedisRelay, there: RedisRelay) -> None:
    run, log, mirror = uuid4(), RunLog(), Mirror()
    here.share(run, log)
    there.hear(run, mirror)
    log.append("All")
    log.append(Ended("complete"))
    async with asyncio.timeout(PATIENCE):
        await mirror.ending.wait()
    assert mirror.text == "All"


async def test_who_comes_after_a_trim_still_hears_everything(
    by_hand: RedisRelay, there: RedisRelay, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_relay, "TRIM_AFTER", 2)
    run, log = uuid4(), RunLog()
    by_hand.share(run, log)
    for number in range(9):
        log.append(f"{number} ")
        await by_hand._write_all()
    client = redis.from_url(redis_url)
    assert await client.xlen(run_key(run)) < 5
    assert await client.exists(snapshot_key(run))
    await client.aclose()
    mirror = await there.recall(run)
    assert mirror is not None
    assert mirror.text == "0 1 2 3 4 5 6 7 8 "


async def test_a_batch_written_twice_doubles_nothing(by_hand: RedisRelay) -> None:
    run, log = uuid4(), RunLog()
    by_hand.share(run, log)
    log.append("once")
    shared = by_hand._shared[run]
    await by_hand._write_all()
    shared.sent, shared.text_at = 0, 0  # as if nobody had heard that it arrived
    await by_hand._write_all()
    mirror = await by_hand.recall(run)
    assert mirror is not None
    assert mirror.text == "once"


async def test_ended_answers_do_not_wait_in_memory_for_a_redis_that_is_away(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = RedisRelay(f"redis://127.0.0.1:{unused_tcp_port}/0")
    tried = asyncio.Event()
    drop = relay._drop_ended

    def drop_and_tell() -> None:
        drop()
        tried.set()

    monkeypatch.setattr(relay, "_drop_ended", drop_and_tell)
    relay.start()
    ended, at_work = RunLog(), RunLog()
    for log in (ended, at_work):
        log.append("text")
        relay.share(uuid4(), log)
    ended.append(Ended("complete"))
    await asyncio.wait_for(tried.wait(), PATIENCE)
    assert [shared.log for shared in relay._shared.values()] == [at_work]
    await relay.close()


async def test_every_stream_expires(by_hand: RedisRelay, redis_url: str) -> None:
    run, log = uuid4(), RunLog()
    by_hand.share(run, log)
    log.append("text")
    await by_hand._write_all()
    client = redis.from_url(redis_url)
    assert 0 < await client.ttl(run_key(run)) <= redis_relay.KEEP_SECONDS
    log.append(Ended("complete"))
    await by_hand._write_all()
    assert 0 < await client.ttl(run_key(run)) <= redis_relay.KEEP_ENDED_SECONDS
    await client.aclose()


async def test_notices_reach_the_listeners_of_other_processes(
    here: RedisRelay, there: RedisRelay
) -> None:
    owner = uuid4().int % 10**9
    notice = notices.ConversationUpdated(uuid4())
    with notices.listen(owner) as queue:
        there.attend(owner)
        async with asyncio.timeout(PATIENCE):
            while queue.empty():
                here.tell(owner, notice)
                await asyncio.sleep(0.05)
        assert await queue.get() == notice


async def test_a_process_does_not_hear_its_own_notices(here: RedisRelay, there: RedisRelay) -> None:
    owner = uuid4().int % 10**9
    mine, theirs = (notices.ConversationUpdated(uuid4()) for _ in range(2))
    with notices.listen(owner) as queue:
        here.attend(owner)
        async with asyncio.timeout(PATIENCE):
            while queue.empty():
                here.tell(owner, mine)
                there.tell(owner, theirs)
                await asyncio.sleep(0.05)
        assert await queue.get() == theirs


ENTRIES = st.one_of(
    st.text(min_size=1, max_size=6),
    st.builds(Reasoning, st.text(min_size=1, max_size=6)),
    st.builds(Sources, st.tuples(st.builds(Source, st.text(), st.text()))),
    st.builds(Pictures, st.tuples(st.uuids())),
)


def telling(entries: list[Entry]) -> tuple[str, str]:
    text = "".join(entry for entry in entries if isinstance(entry, str))
    reasoning = "".join(entry.text for entry in entries if isinstance(entry, Reasoning))
    return text, reasoning


@given(st.lists(ENTRIES, max_size=12))
def test_entries_survive_the_wire(entries: list[Entry]) -> None:
    assert codec.decode_entries(codec.encode_entries(entries)) == entries


@given(st.lists(ENTRIES, max_size=12))
def test_merging_changes_no_text(entries: list[Entry]) -> None:
    assert telling(codec.merged(entries)) == telling(entries)


@given(st.lists(ENTRIES, min_size=1, max_size=10), st.data())
def test_a_mirror_is_whole_whatever_is_told_twice_and_in_which_pieces(
    entries: list[Entry], data: st.DataObject
) -> None:
    mirror = Mirror()
    told = 0
    while told < len(entries):
        start = data.draw(st.integers(0, told))
        end = data.draw(st.integers(told + 1, len(entries)))
        text, reasoning = telling(entries[:start])
        mirror.add(codec.merged(entries[start:end]), len(text), len(reasoning))
        told = end
    assert (mirror.text, mirror.reasoning) == telling(entries)
    assert telling(mirror.log.since(0)) == telling(entries)


def test_a_piece_that_would_leave_a_gap_waits() -> None:
    mirror = Mirror()
    mirror.add(["later"], text_at=3)
    assert mirror.text == ""
    mirror.add(["abclater"], text_at=0)
    assert mirror.text == "abclater"


@pytest.mark.parametrize(
    "notice",
    [
        notices.AnswerBegan(uuid4(), uuid4(), uuid4(), None, uuid4(), uuid4()),
        notices.ConversationUpdated(uuid4()),
        notices.ConversationDeleted(uuid4()),
    ],
)
def test_notices_survive_the_wire(notice: notices.Notice) -> None:
    assert codec.decode_notice(codec.encode_notice(notice)) == notice


def test_what_a_newer_release_tells_is_passed_over() -> None:
    assert codec.decode_notice('{"kind": "Sung", "song": "x"}') is None
    assert codec.decode_entries('[["song", "la"], ["text", "a"]]') == ["a"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=8), data=st.data())
def test_a_reader_that_joins_at_any_moment_hears_all(
    redis_url: str, texts: list[str], data: st.DataObject
) -> None:
    joins = data.draw(st.integers(0, len(texts)))

    async def play(run: UUID) -> str:
        here, there = RedisRelay(redis_url), RedisRelay(redis_url)
        there.start()
        log, mirror = RunLog(), Mirror()
        here.share(run, log)
        for number, text in enumerate(texts):
            if number == joins:
                there.hear(run, mirror)
            log.append(text)
            await here._write_all()
        if joins == len(texts):
            there.hear(run, mirror)
        await until(lambda: len(mirror.text) == len("".join(texts)), mirror.log)
        await here.close()
        await there.close()
        return mirror.text

    assert asyncio.run(play(uuid4())) == "".join(texts)


async def test_who_comes_while_another_is_being_placed_is_placed_too(
    by_hand: RedisRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = by_hand._reader
    owners = [uuid4().int % 10**9 for _ in range(3)]
    run_ids = [uuid4() for _ in range(3)]
    tell_all, xrevrange = reader.tell_all, reader._redis.xrevrange
    more_runs, more_owners = run_ids[1:], owners[1:]

    async def another_run_comes(run: UUID, mirror: Mirror) -> str:
        if more_runs:
            reader.hear(more_runs.pop(), Mirror())
        return await tell_all(run, mirror)

    async def another_owner_comes(*asked: Any, **named: Any) -> Any:
        if more_owners:
            reader.attend(more_owners.pop())
        return await xrevrange(*asked, **named)

    monkeypatch.setattr(reader, "tell_all", another_run_comes)
    monkeypatch.setattr(reader._redis, "xrevrange", another_owner_comes)
    reader.hear(run_ids[0], Mirror())
    reader.attend(owners[0])
    await reader._place_new()
    assert {run_key(run) for run in run_ids} <= reader._positions.keys()
    assert {notices_key(owner) for owner in owners} <= reader._positions.keys()


async def test_who_is_let_go_while_being_placed_is_read_no_more(
    by_hand: RedisRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, run = by_hand._reader, uuid4()
    tell_all = reader.tell_all

    async def left_meanwhile(run: UUID, mirror: Mirror) -> str:
        position = await tell_all(run, mirror)
        reader.ignore(run)
        return position

    monkeypatch.setattr(reader, "tell_all", left_meanwhile)
    reader.hear(run, Mirror())
    await reader._place_new()
    assert run_key(run) not in reader._positions


async def test_a_redis_that_is_there_and_silent_does_not_keep_a_process_from_ending() -> None:
    connected = asyncio.Event()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    relay = RedisRelay(f"redis://127.0.0.1:{port}/0")
    relay.start()
    relay.share(uuid4(), RunLog())
    relay.tell(1, notices.ConversationUpdated(uuid4()))
    async with asyncio.timeout(PATIENCE):
        await connected.wait()
    async with asyncio.timeout(3 * CLOSE_SECONDS):
        await relay.close()
    server.close()

"""Whose turn it is, whichever process an answer is made in."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_conversation, make_endpoint, make_message
from tests.fakes import FakeProvider, Wait
from webchat.db import db
from webchat.generation import runs, turns
from webchat.generation.log import Waiting
from webchat.generation.queue import Queue
from webchat.generation.start import send
from webchat.generation.turns import Standing
from webchat.generation.wishes import Send
from webchat.models import Endpoint, Message, Run, User

HERE, THERE = "here", "there"
A_PERSON = 2


@pytest.fixture(autouse=True)
def two_a_person(settings: Any) -> None:
    settings.RUNS_PER_USER = A_PERSON


def at_work(owner: int, endpoint: int = 1, limit: int = 0) -> Standing:
    return Standing(uuid4(), owner, A_PERSON, endpoint, limit, has_turn=True)


def waiting(owner: int, endpoint: int = 1, limit: int = 0) -> Standing:
    return Standing(uuid4(), owner, A_PERSON, endpoint, limit, has_turn=False)


def called(standing: Sequence[Standing]) -> list[int]:
    """Which of them have their turn next, by their places."""
    runs_called = turns.next_turns(standing)
    return [[each.run for each in standing].index(run) for run in runs_called]


def test_a_person_has_so_many_turns_at_once() -> None:
    assert called([waiting(1), waiting(1), waiting(1)]) == [0, 1]
    assert called([at_work(1), waiting(1), waiting(1)]) == [1]
    assert called([at_work(1), at_work(1), waiting(1)]) == []


def test_one_person_does_not_hold_up_another() -> None:
    assert called([at_work(1), at_work(1), waiting(1), waiting(1), waiting(2)]) == [4]


def test_an_endpoint_takes_so_many_and_the_least_served_person_is_next() -> None:
    full = [at_work(1, limit=2), at_work(3, limit=2)]
    line = [waiting(1, limit=2), waiting(2, limit=2)]
    assert called(full + line) == []
    assert called(full[:1] + line) == [2]


def test_who_waits_for_a_full_endpoint_does_not_hold_up_the_others() -> None:
    assert called([at_work(1, 1, 1), waiting(2, 1, 1), waiting(3, 2, 1), waiting(3, 3)]) == [2, 3]


STANDING = st.builds(
    Standing,
    run=st.uuids(),
    owner=st.integers(1, 3),
    at_once=st.just(A_PERSON),
    endpoint=st.sampled_from([1, 2]),
    limit=st.just(0),
    has_turn=st.booleans(),
)


@given(st.lists(STANDING, max_size=12, unique_by=lambda each: each.run), st.integers(0, 3))
def test_no_turn_breaks_a_limit_and_none_is_left_out_that_would_not(
    standing: list[Standing], limit: int
) -> None:
    standing = [replace(each, limit=limit) for each in standing]
    turns_taken = set(turns.next_turns(standing))
    owners = Counter(each.owner for each in standing if each.has_turn)
    endpoints = Counter(each.endpoint for each in standing if each.has_turn)
    for each in standing:
        if each.run in turns_taken:
            owners[each.owner] += 1
            endpoints[each.endpoint] += 1
    for each in standing:
        if each.run in turns_taken:
            assert owners[each.owner] <= A_PERSON
            assert not limit or endpoints[each.endpoint] <= limit
        elif not each.has_turn:
            full = limit and endpoints[each.endpoint] >= limit
            assert owners[each.owner] >= A_PERSON or full


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2)), max_size=12))
def test_everybody_has_a_turn_in_the_end(wishes: list[tuple[int, int]]) -> None:
    line = [waiting(owner, endpoint, limit=endpoint) for owner, endpoint in wishes]
    while line:
        gone = turns.next_turns(line)
        assert gone
        line = [each for each in line if each.run not in gone]


def make_run(owner: User, endpoint: Endpoint, node: str = HERE) -> Run:
    """Written as an answer is when somebody asks in the process `node`."""
    turn = turns.room(owner, endpoint).is_free
    message = make_message(
        make_conversation(owner), "", role="assistant", status=Message.Status.STREAMING
    )
    run = Run(owner=owner, client_id=uuid4(), message=message, node=node, endpoint=endpoint)
    run.turn_at = run.started_at if turn else None
    run.save()
    return run


def end(run: Run) -> None:
    Message.objects.filter(run=run).update(status=Message.Status.COMPLETE)


def places(node: str, *waiting: Run) -> list[int | None]:
    found = turns.move_up(node, [run.pk for run in waiting])
    return [found[run.pk] for run in waiting]


@pytest.mark.django_db
class TestSeveralProcesses:
    def test_share_the_limit_of_a_person(self, alice: User, bob: User) -> None:
        endpoint = make_endpoint()
        first, second, third = (make_run(alice, endpoint, node) for node in (HERE, THERE, HERE))
        assert [bool(run.turn_at) for run in (first, second, third)] == [True, True, False]
        assert make_run(bob, endpoint, THERE).turn_at
        assert places(HERE, third) == [0]
        end(second)
        assert places(HERE, third) == [None]

    def test_share_the_limit_of_an_endpoint(self, alice: User, bob: User, staff: User) -> None:
        narrow = make_endpoint(runs_at_once=1)
        first, second, third = make_run(alice, narrow), make_run(bob, narrow, THERE), None
        third = make_run(staff, narrow)
        assert (places(THERE, second), places(HERE, third)) == ([0], [1])
        end(first)
        assert places(HERE, third) == [1]  # it is second's turn, whose process takes it
        assert places(THERE, second) == [None]
        assert places(HERE, third) == [0]
        end(second)
        assert places(HERE, third) == [None]

    def test_let_nobody_overtake_who_waits(self, alice: User, bob: User) -> None:
        narrow = make_endpoint(runs_at_once=1)
        first, second = make_run(alice, narrow), make_run(bob, narrow, THERE)
        end(first)
        third = make_run(alice, narrow)
        assert third.turn_at is None
        assert places(THERE, second) == [None]

    def test_take_no_turn_that_is_not_theirs(self, alice: User) -> None:
        endpoint = make_endpoint()
        former = [make_run(alice, endpoint) for _ in range(A_PERSON)]
        mine = make_run(alice, endpoint, HERE)
        end(former[0])
        assert places(THERE) == []
        mine.refresh_from_db()
        assert mine.turn_at is None

    def test_know_nothing_of_who_has_gone(self, alice: User) -> None:
        endpoint = make_endpoint()
        run = [make_run(alice, endpoint) for _ in range(A_PERSON + 1)][-1]
        end(run)
        assert turns.move_up(HERE, [run.pk, uuid4()]) == {}

    def test_tell_everybody_of_an_endpoint_whose_limit_changed(self, alice: User) -> None:
        narrow = make_endpoint(runs_at_once=1)
        make_run(alice, narrow)
        run = make_run(alice, narrow)
        Endpoint.objects.update(runs_at_once=0)
        assert places(HERE, run) == [None]


def wish(endpoint: Endpoint) -> Send:
    return Send(uuid4(), None, "Hi", endpoint.pk, "fake-1")


def having_turns() -> list[UUID]:
    working = Run.objects.filter(message__status=Message.Status.STREAMING)
    return list(working.exclude(turn_at=None).values_list("pk", flat=True))


@pytest.mark.usefixtures("process", "transactional_db")
class TestAProcess:
    async def test_begins_no_more_than_allowed_however_many_ask_at_once(
        self, alice: User, endpoint: Endpoint, fake: type[FakeProvider]
    ) -> None:
        fake.says(gate := Wait(), "Hello")
        started = await asyncio.gather(*(send(alice, wish(endpoint)) for _ in range(8)))
        assert len(await db(having_turns)) == A_PERSON
        gate.go()
        for each in started:
            run = runs.find(each.run.pk)
            assert run is not None
            async with asyncio.timeout(10):
                while not run.log.ended:
                    await run.log.wait(run.log.seq)
        assert len(fake.requests) == 8

    async def test_tells_who_waits_how_many_are_before(
        self, alice: User, endpoint: Endpoint, fake: type[FakeProvider]
    ) -> None:
        fake.says(Wait(), "Hello")
        *_, fourth, fifth = [await send(alice, wish(endpoint)) for _ in range(5)]
        run = runs.find(fifth.run.pk)
        assert run is not None
        async with asyncio.timeout(5):
            await run.log.wait(0)
            assert run.log.since(0) == [Waiting(2)]
            await runs.stop(alice, fourth.run.pk)
            await run.log.wait(1)
        assert run.log.since(1) == [Waiting(1)]

    async def test_harms_nobody_who_is_called_when_another_leaves_in_that_moment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        queue, loop = Queue(), asyncio.get_running_loop()
        leaves, stays = uuid4(), uuid4()
        tasks = {
            run: asyncio.create_task(queue.turn(run, lambda ahead: None)) for run in (leaves, stays)
        }
        await asyncio.wait_for(queue.news.wait(), 5)

        def both_are_next(node: str, waiting: Sequence[UUID]) -> dict[UUID, int | None]:
            assert set(waiting) == set(tasks)
            gone = asyncio.run_coroutine_threadsafe(leave(), loop)
            gone.result(5)
            return dict.fromkeys(waiting)

        async def leave() -> None:
            tasks[leaves].cancel()
            await asyncio.wait({tasks[leaves]})

        monkeypatch.setattr(turns, "move_up", both_are_next)
        await queue.move_up(HERE)
        await asyncio.wait_for(tasks[stays], 5)
        assert tasks[leaves].cancelled()
        assert queue._waiting == {}

"""Whose turn it is."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.generation.queue import Queue, Ticket


@pytest.fixture(autouse=True)
def two_a_person(settings: object) -> Iterator[None]:
    settings.RUNS_PER_USER = 2  # type: ignore[attr-defined]
    yield


class Person:
    """Somebody with a place in the line, who holds the turn until told to leave."""

    def __init__(self, queue: Queue, owner: int, endpoint: int = 1, limit: int = 0) -> None:
        self.places: list[int] = []
        self.leave = asyncio.Event()
        self.has_turn = False
        self._ticket = Ticket(owner, endpoint, limit, moved=self.places.append)
        self.task = asyncio.create_task(self._stand(queue))

    async def _stand(self, queue: Queue) -> None:
        async with queue.turn(self._ticket):
            self.has_turn = True
            await self.leave.wait()
        self.has_turn = False


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def finish(*people: Person) -> None:
    for person in people:
        person.leave.set()
    await asyncio.gather(*(person.task for person in people), return_exceptions=True)


async def test_a_person_has_so_many_turns_at_once() -> None:
    queue = Queue()
    people = [Person(queue, owner=1) for _ in range(3)]
    await settle()
    assert [person.has_turn for person in people] == [True, True, False]
    people[0].leave.set()
    await settle()
    assert people[2].has_turn
    await finish(*people)


async def test_one_person_does_not_hold_up_another() -> None:
    queue = Queue()
    people = [Person(queue, owner=1) for _ in range(5)] + [Person(queue, owner=2)]
    await settle()
    assert people[-1].has_turn
    await finish(*people)


async def test_an_endpoint_takes_so_many_and_the_least_served_person_is_next() -> None:
    queue = Queue()
    first, second = (Person(queue, owner=1, limit=2) for _ in range(2))
    again = Person(queue, owner=1, limit=2)
    other = Person(queue, owner=2, limit=2)
    await settle()
    assert not again.has_turn
    assert not other.has_turn
    first.leave.set()
    await settle()
    assert other.has_turn
    assert not again.has_turn
    await finish(first, second, again, other)


async def test_who_waits_is_told_how_many_are_before() -> None:
    queue = Queue()
    people = [Person(queue, owner=number, limit=1) for number in range(4)]
    await settle()
    assert people[3].places == [2]
    people[0].leave.set()
    await settle()
    assert people[3].places == [2, 1]
    await finish(*people)


async def test_who_leaves_the_line_lets_the_others_move_up() -> None:
    queue = Queue()
    people = [Person(queue, owner=number, limit=1) for number in range(3)]
    await settle()
    people[1].task.cancel()
    await settle()
    assert people[2].places[-1] == 0
    await finish(people[0], people[2])


async def test_who_is_called_off_in_the_moment_of_the_turn_harms_nobody() -> None:
    queue = Queue()
    first, second, third = (Person(queue, owner=number, limit=1) for number in range(3))
    await settle()
    first.leave.set()
    second.task.cancel()
    await settle()
    assert third.has_turn
    await finish(first, third)
    assert first.task.exception() is None


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2)), max_size=12))
def test_everybody_has_a_turn_in_the_end(wishes: list[tuple[int, int]]) -> None:
    async def play() -> None:
        queue = Queue()
        people = [Person(queue, owner, endpoint, limit=endpoint) for owner, endpoint in wishes]
        for person in people:
            person.leave.set()
        await asyncio.wait_for(asyncio.gather(*(person.task for person in people)), 5)
        assert not queue._waiting
        assert not +queue._owners
        assert not +queue._endpoints

    asyncio.run(play())

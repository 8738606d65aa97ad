"""A free list lends each client to one user at a time and keeps none for ever."""

import asyncio

import pytest

from providers import leases
from providers.leases import MAX_IDLE, Leases


class Client:
    """Something that can be closed."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.closed = asyncio.Event()

    async def aclose(self) -> None:
        self.closed.set()


@pytest.fixture
def free() -> Leases[str, Client]:
    return Leases(Client, Client.aclose)


async def test_a_client_that_came_back_is_lent_again_to_its_key_alone(free):
    client = await free.take("a")
    assert await free.take("a") is not client
    await free.give_back("a", client)
    assert (await free.take("b")).key == "b"
    assert await free.take("a") is client


async def test_a_dropped_client_is_closed_even_when_its_user_is_cancelled(free):
    client = await free.take("a")
    dropping = asyncio.ensure_future(free.drop(client))
    await asyncio.sleep(0)
    dropping.cancel()
    await asyncio.wait([dropping])
    await asyncio.wait_for(client.closed.wait(), 1)


async def test_an_idle_client_is_closed_after_a_while(free, monkeypatch):
    monkeypatch.setattr(leases, "IDLE_SECONDS", 0.01)
    client = await free.take("a")
    await free.give_back("a", client)
    await asyncio.wait_for(client.closed.wait(), 1)
    assert await free.take("a") is not client


async def test_a_client_lent_again_in_time_is_not_closed(free, monkeypatch):
    monkeypatch.setattr(leases, "IDLE_SECONDS", 0.01)
    client = await free.take("a")
    await free.give_back("a", client)
    assert await free.take("a") is client
    await asyncio.sleep(0.03)
    assert not client.closed.is_set()


async def test_only_so_many_wait_idle_and_the_oldest_goes_first(free):
    clients = [await free.take("a") for _ in range(MAX_IDLE + 1)]
    for client in clients:
        await free.give_back("a", client)
    await asyncio.wait_for(clients[0].closed.wait(), 1)
    assert not any(client.closed.is_set() for client in clients[1:])


def test_each_event_loop_has_clients_of_its_own_and_closes_them_at_its_end(free):
    async def lend() -> Client:
        client = await free.take("a")
        await free.give_back("a", client)
        return client

    first, second = asyncio.run(lend()), asyncio.run(lend())
    assert first is not second
    assert first.closed.is_set()
    assert second.closed.is_set()

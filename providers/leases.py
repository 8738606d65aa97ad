"""A free list of clients for each event loop: taken by one user at a time, kept for a while."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

MAX_IDLE = 32
IDLE_SECONDS = 30.0

Key = TypeVar("Key", bound=Hashable)
Client = TypeVar("Client")


class _FreeList(Generic[Key, Client]):
    """The idle clients of one event loop."""

    def __init__(self) -> None:
        self.idle: list[tuple[Key, Client]] = []
        self.closing: set[asyncio.Task[None]] = set()
        self.keeper: AsyncGenerator[None, None] | None = None


class Leases(Generic[Key, Client]):
    """Clients by key (what makes two of them interchangeable), opened when none is free."""

    def __init__(
        self, opens: Callable[[Key], Client], closes: Callable[[Client], Awaitable[None]]
    ) -> None:
        self._opens = opens
        self._closes = closes
        self._lists: WeakKeyDictionary[asyncio.AbstractEventLoop, _FreeList[Key, Client]] = (
            WeakKeyDictionary()
        )

    async def take(self, key: Key) -> Client:
        """A client nobody else holds."""
        free = await self._free_list()
        for position in range(len(free.idle) - 1, -1, -1):
            if free.idle[position][0] == key:
                return free.idle.pop(position)[1]
        return self._opens(key)

    async def give_back(self, key: Key, client: Client) -> None:
        """Keep a client that is as good as new for the next one who needs it."""
        free = await self._free_list()
        entry = (key, client)
        free.idle.append(entry)
        if len(free.idle) > MAX_IDLE:
            self._close(free, free.idle.pop(0)[1])
        asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire, free, entry)

    async def drop(self, client: Client) -> None:
        """Close a client that may be broken; goes on even if the caller is cancelled."""
        await asyncio.shield(self._close(await self._free_list(), client))

    def _expire(self, free: _FreeList[Key, Client], entry: tuple[Key, Client]) -> None:
        if entry in free.idle:
            free.idle.remove(entry)
            self._close(free, entry[1])

    def _close(self, free: _FreeList[Key, Client], client: Client) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._closed(client))
        free.closing.add(task)
        task.add_done_callback(free.closing.discard)
        return task

    async def _closed(self, client: Client) -> None:
        await self._closes(client)

    async def _free_list(self) -> _FreeList[Key, Client]:
        loop = asyncio.get_running_loop()
        free = self._lists.get(loop)
        if free is None:
            free = self._lists[loop] = _FreeList()
            free.keeper = self._keep(loop, free)
            await anext(free.keeper)
        return free

    async def _keep(
        self, loop: asyncio.AbstractEventLoop, free: _FreeList[Key, Client]
    ) -> AsyncGenerator[None, None]:
        """Closes what is idle when the loop ends: a loop closes its open generators last of all."""
        try:
            yield
        finally:
            self._lists.pop(loop, None)
            for _, client in free.idle:
                await self._closes(client)

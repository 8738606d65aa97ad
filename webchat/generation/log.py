"""The log of a run: numbered entries that any number of followers read at their own pace."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from providers.response import Reasoning, Sources


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures that are stored and may be shown."""

    media: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The provider is not asked yet; so many answers come before. None: it is asked now."""

    ahead: int | None


@dataclass(frozen=True, slots=True)
class Ended:
    """The last entry: the status the message ended with."""

    status: str


Entry = str | Reasoning | Sources | Pictures | Waiting | Ended


class RunLog:
    """Entries number 1, 2, …; the number of the last one read is a follower's whole state."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._waiting: set[asyncio.Future[None]] = set()
        self._resting: set[asyncio.Future[None]] = set()
        self.ended = False

    @property
    def seq(self) -> int:
        return len(self._entries)

    def append(self, entry: Entry) -> int:
        """Add an entry and wake whoever waits. Returns its number."""
        self._entries.append(entry)
        self.ended = self.ended or isinstance(entry, Ended)
        _wake(self._waiting)
        if self.ended:
            _wake(self._resting)
        return len(self._entries)

    def since(self, after: int) -> list[Entry]:
        return self._entries[after:]

    async def wait(self, after: int) -> None:
        """Return once there is an entry beyond number `after`, or the log has ended."""
        while self.seq <= after and not self.ended:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)

    async def rest(self, seconds: float) -> None:
        """Sleep, but not beyond the end."""
        if self.ended:
            return
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        timer = loop.call_later(seconds, _wake, {future})
        self._resting.add(future)
        try:
            await future
        finally:
            timer.cancel()
            self._resting.discard(future)


def _wake(futures: set[asyncio.Future[None]]) -> None:
    for future in tuple(futures):
        if not future.done():
            future.set_result(None)

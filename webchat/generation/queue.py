"""The answers of this process that wait for their turn; whose it is, the rows tell."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from webchat.db import db_write
from webchat.generation import turns


@dataclass
class _Ticket:
    moved: Callable[[int], object]
    ahead: int | None = None
    called: asyncio.Event = field(default_factory=asyncio.Event)

    def place(self, ahead: int | None) -> None:
        """So many are before it; None: it is called."""
        if ahead is None:
            self.called.set()
        elif ahead != self.ahead:
            self.ahead = ahead
            self.moved(ahead)


class Queue:
    """`move_up` is to be called now and then, and soon after `news` is set."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self._waiting: dict[UUID, _Ticket] = {}

    async def turn(self, run: UUID, moved: Callable[[int], object]) -> None:
        """Wait for the turn of a run of this process, which its row's end gives back.

        `moved` is called with the number of those before it whenever that has changed.
        """
        ticket = self._waiting[run] = _Ticket(moved)
        self.news.set()
        try:
            await ticket.called.wait()
        finally:
            del self._waiting[run]

    def look_again(self) -> None:
        """Somebody has made room."""
        self.news.set()

    async def move_up(self, node: str) -> None:
        """Call those whose turn it is and tell the others how many are before them."""
        if not self._waiting:
            return
        places = await db_write(turns.move_up, node, tuple(self._waiting))
        for run, ahead in places.items():
            if (ticket := self._waiting.get(run)) is not None:
                ticket.place(ahead)

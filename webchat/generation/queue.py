"""Whose turn it is: the limits on answers at once, and the line of those that wait.

The limits are this process's; several processes have several lines.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from django.conf import settings


@dataclass(eq=False)
class Ticket:
    """A place in the line. `endpoint_limit` 0 means that the endpoint takes any number."""

    owner: int
    endpoint: int
    endpoint_limit: int
    moved: Callable[[int], object]
    """Called with the number of those before it whenever that changes."""
    ahead: int = -1

    def __post_init__(self) -> None:
        self.admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Queue:
    """Fair: who has the fewest answers at work comes first, then who came first."""

    def __init__(self) -> None:
        self._owners: Counter[int] = Counter()
        self._endpoints: Counter[int] = Counter()
        self._waiting: list[Ticket] = []

    @asynccontextmanager
    async def turn(self, ticket: Ticket) -> AsyncIterator[None]:
        """Wait for the turn; it ends with the context."""
        self._waiting.append(ticket)
        self._advance()
        try:
            await ticket.admitted
        except asyncio.CancelledError:
            self._give_back(ticket)
            raise
        try:
            yield
        finally:
            self._give_back(ticket)

    def _give_back(self, ticket: Ticket) -> None:
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        else:
            self._owners[ticket.owner] -= 1
            self._endpoints[ticket.endpoint] -= 1
        self._advance()

    def _advance(self) -> None:
        """Admit all whose turn it is and tell the others how many are before them."""
        while (ticket := self._next()) is not None:
            self._waiting.remove(ticket)
            self._owners[ticket.owner] += 1
            self._endpoints[ticket.endpoint] += 1
            ticket.admitted.set_result(None)
        for ahead, ticket in enumerate(self._waiting):
            if ticket.ahead != ahead:
                ticket.ahead = ahead
                ticket.moved(ahead)

    def _next(self) -> Ticket | None:
        free = [
            ticket
            for ticket in self._waiting
            if not ticket.admitted.done() and self._has_room(ticket)
        ]
        return min(free, key=lambda ticket: self._owners[ticket.owner], default=None)

    def _has_room(self, ticket: Ticket) -> bool:
        if self._owners[ticket.owner] >= settings.RUNS_PER_USER:
            return False
        limit = ticket.endpoint_limit
        return not limit or self._endpoints[ticket.endpoint] < limit

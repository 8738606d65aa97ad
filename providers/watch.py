"""A limit on silence that costs next to nothing for each piece.

`asyncio.timeout` makes and cancels a timer for every wait and looks up the running loop several
times, which is a system call each on Python 3.11. An answer has hundreds of waits and one limit.
"""

import asyncio
from types import TracebackType
from typing import Any, Self

from providers.errors import Timeout


class Watch:
    """Ends a wait that is longer than `silence` seconds or goes beyond `ends` (loop time).

    Used as `with watch.wait(): piece = await …`, one wait at a time, as often as needed; what ends
    is the awaiting, and the block raises Timeout. `close()` when there is nothing more to wait for.
    """

    def __init__(self, silence: float, ends: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._silence = silence
        self._ends = ends
        self._until = 0.0
        self._waiting: asyncio.Task[Any] | None = None
        self._cancelling = 0
        self._expired = False
        self._timer = self._loop.call_at(self._next_limit(), self._look)

    def time(self) -> float:
        """The loop's clock, in seconds."""
        return self._loop.time()

    def close(self) -> None:
        self._timer.cancel()

    def wait(self) -> Self:
        return self

    def __enter__(self) -> None:
        self._until = self._next_limit()
        task = self._waiting = asyncio.current_task(self._loop)
        self._cancelling = task.cancelling() if task is not None else 0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        task, self._waiting = self._waiting, None
        if self._expired and task is not None and task.uncancel() <= self._cancelling:
            self._expired = False
            raise Timeout(detail="the body stopped coming") from None

    def _next_limit(self) -> float:
        return min(self._loop.time() + self._silence, self._ends)

    def _look(self) -> None:
        """The timer: is somebody waiting beyond the limit? Else look again when one could be."""
        if self._waiting is None:
            self._timer = self._loop.call_later(self._silence, self._look)
        elif self._loop.time() < self._until:
            self._timer = self._loop.call_at(self._until, self._look)
        else:
            self._expired = True
            self._waiting.cancel()

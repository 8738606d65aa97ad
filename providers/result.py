"""The answer as its reader holds it: an asynchronous iterator that can be closed at any time."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from types import TracebackType
from typing import Any, Self

from providers.response import Value


class AsyncResult:
    """The values of one answer.

    `async for value in result` reads it; `await result` gives itself, so that both forms of
    asking work. `aclose()` may be called at any time and by any task: an asynchronous generator
    cannot be closed while somebody waits for its next value, so the waiting task is interrupted
    and closes it, and its loop ends as if the answer had ended there.
    """

    def __init__(self, values: AsyncGenerator[Value, None]) -> None:
        self._values = values
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reader: asyncio.Task[Any] | None = None
        self._closing = False
        self._closed = asyncio.Event()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Value:
        if self._ending():
            raise StopAsyncIteration
        if self._reader is not None:
            raise RuntimeError("Another task is already waiting for the next value.")
        self._loop = self._loop or asyncio.get_running_loop()
        self._reader = asyncio.current_task(self._loop)  # without the loop it costs a system call
        try:
            return await self._next(self._reader)
        finally:
            self._reader = None
            if self._ending():
                await self._finish()

    async def _next(self, task: asyncio.Task[Any] | None) -> Value:
        """The next value; an interruption by `aclose()` reads as the end."""
        try:
            value = await self._values.__anext__()
        except asyncio.CancelledError:
            if self._ending() and task is not None and task.uncancel() == 0:
                raise StopAsyncIteration from None
            raise
        if self._ending():  # the value came in the very moment of the interruption
            if task is not None:
                task.uncancel()
            raise StopAsyncIteration
        return value

    def _ending(self) -> bool:
        """Whether `aclose()` was called, perhaps by another task while this one waited."""
        return self._closing

    async def aclose(self) -> None:
        """End the answer here and release its connection; waits until that is done."""
        if self._closing:
            await self._closed.wait()
            return
        self._closing = True
        if self._reader is None:
            await self._finish()
            return
        self._reader.cancel()
        await self._closed.wait()

    async def _finish(self) -> None:
        try:
            await self._values.aclose()
        finally:
            self._closed.set()

    def __await__(self) -> Generator[Any, None, Self]:
        return self._itself().__await__()

    async def _itself(self) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

"""Fakes that stand in for what a test does not want to be about."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar

from providers.base import AsyncGeneratorProvider, ProviderModelMixin, Request
from providers.response import Value


class Wait:
    """In a script: stop here until the test calls `go()`; `reached` tells that it came so far."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.went = asyncio.Event()

    def go(self) -> None:
        self.went.set()


class FakeProvider(AsyncGeneratorProvider, ProviderModelMixin):
    """Says what a test tells it to. `closed` counts the answers that were ended early."""

    label = "Fake"
    url = "https://fake.example"
    working = True
    supports_message_history = True
    supports_system_message = True
    supports_images_in = True
    default_model = "fake-1"
    models = ("fake-1", "fake-2")
    script: ClassVar[list[Value | Wait | Exception]] = []
    requests: ClassVar[list[Request]] = []
    closed: ClassVar[int] = 0

    @classmethod
    def says(cls, *script: Value | Wait | Exception) -> None:
        """The next answers consist of these: values to yield, gates to wait at, errors to raise."""
        cls.script, cls.requests, cls.closed = list(script), [], 0

    @classmethod
    async def _generate(cls, request: Request) -> AsyncIterator[Value]:
        cls.requests.append(request)
        try:
            for step in cls.script:
                if isinstance(step, Wait):
                    step.reached.set()
                    await step.went.wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
        except (GeneratorExit, asyncio.CancelledError):
            cls.closed += 1
            raise

"""The five upstreams of the documents at their worst: nothing of a request is left over."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from providers.base import AsyncGeneratorProvider
from providers.koala import Koala
from providers.perplexity_labs import PerplexityLabs
from providers.pizzagpt import Pizzagpt
from providers.timeouts import Timeouts
from providers.vitalentum import Vitalentum
from providers.websim import Websim
from tests.emulators.koala import KoalaEmulator
from tests.emulators.perplexity import PerplexityEmulator
from tests.emulators.pizzagpt import PizzagptEmulator
from tests.emulators.talker import Talker
from tests.emulators.vitalentum import VitalentumEmulator
from tests.emulators.websim import WebsimEmulator
from tests.providers.asking import ask, ask_in_vain

LIMITS = Timeouts(connect=0.3, read=0.3, first_byte=0.3)
EVERYWHERE = ("cloudflare", "403", "429", "500", "stall", "reset", "garbage", "hangup")
STREAM = ("cut", "stall-middle", "not-json", "huge")

UPSTREAMS: list[tuple[type[AsyncGeneratorProvider], type[Talker], tuple[str, ...]]] = [
    (Pizzagpt, PizzagptEmulator, ("half", "huge", "misuse")),
    (Websim, WebsimEmulator, ("half", "huge", "rate-403")),
    (Koala, KoalaEmulator, STREAM),
    (Vitalentum, VitalentumEmulator, STREAM),
    (
        PerplexityLabs,
        PerplexityEmulator,
        ("not-open", "no-connect", "connect-error", "failed", "nonsense", "binary", "close", "cut"),
    ),
]


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def no_more_than(count: int) -> None:
    """Wait until no more descriptors are open: both ends of a connection close in their turn."""
    async with asyncio.timeout(5):
        while descriptors() > count:  # noqa: ASYNC110 (the system has no event for it)
            await asyncio.sleep(0.01)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
@pytest.mark.parametrize(("provider", "emulator", "own"), UPSTREAMS)
async def test_no_task_and_no_descriptor_is_left_after_any_fault(
    monkeypatch: pytest.MonkeyPatch,
    provider: type[AsyncGeneratorProvider],
    emulator: type[Talker],
    own: tuple[str, ...],
) -> None:
    async def no_sleep(seconds: float) -> None:
        pass

    monkeypatch.setattr(Websim, "_sleep", staticmethod(no_sleep))
    options: dict[str, Any] = {"timeout": LIMITS}
    async with emulator(pace=0) as upstream:
        await ask(provider, upstream.base_url)  # makes what is made once, leaves one idle client
        before, opened = asyncio.all_tasks(), descriptors()
        for fault in (*EVERYWHERE, *own):
            upstream.fault = fault
            await ask_in_vain(provider, upstream.base_url, **options)
        await no_more_than(opened)
        left = asyncio.all_tasks() - before
        assert [task for task in left if "/providers/" in repr(task.get_coro())] == []

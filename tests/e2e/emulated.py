"""Upstreams that a test holds in its hand: every emulator beside the browser, and its pace.

The emulators run on a loop of their own in a thread, because Playwright keeps the test's. A
`Valve` takes the place of each one's pace, so that a test decides how much of an answer has left
the upstream, and knows what the page may show and what it cannot show yet.
"""

import asyncio
import shutil
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page, expect

from tests.e2e.product import Product, Visitor
from tests.emulators.answers import fragments
from tests.emulators.catalog import EMULATORS
from tests.emulators.server import Received
from tests.emulators.talker import Talker

T = TypeVar("T")

PATIENCE = 20  # seconds; only a failing test waits this long


class Valve:
    """How many fragments may leave an upstream; open until it is shut."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._allowed: int | None = None

    async def pause(self) -> None:
        """What the emulator does after each fragment."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._allowed is None or self._allowed > 0)
            if self._allowed is not None:
                self._allowed -= 1

    async def allow(self, more: int | None) -> None:
        """Let so many fragments more through, None for all there will ever be."""
        async with self._changed:
            self._allowed = None if more is None else (self._allowed or 0) + more
            self._changed.notify_all()


class Requests(list[Received]):
    """What an emulator was asked, and a way to wait for more."""

    def __init__(self) -> None:
        super().__init__()
        self._came = asyncio.Event()

    def append(self, request: Received) -> None:
        super().append(request)
        self._came.set()

    async def more_than(self, already: int) -> None:
        while len(self) <= already:
            self._came.clear()
            await asyncio.wait_for(self._came.wait(), PATIENCE)


class Upstreams:
    """All emulators, by the name of their provider, started and stopped from a test."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._emulators: dict[str, Talker] = {}
        self._valves: dict[str, Valve] = {}
        self.ports: dict[str, int] = {}
        for name, entry in EMULATORS.items():
            emulator, valve = entry.emulator(), Valve()
            emulator.pause = valve.pause  # type: ignore[method-assign]
            emulator.requests = Requests()
            self.wait(emulator.start())
            self._emulators[name], self._valves[name] = emulator, valve
            self.ports[name] = emulator.port

    def __getitem__(self, name: str) -> Talker:
        return self._emulators[name]

    @property
    def settings(self) -> dict[str, str]:
        """What to tell the product, so that it asks these."""
        addresses = {name: emulator.base_url for name, emulator in self._emulators.items()}
        openai = addresses.pop("OpenAICompatible")
        others = ",".join(f"{name}={address}" for name, address in addresses.items())
        return {"PROVIDER_BASE_URLS": others, "OPENAI_BASE_URL": openai, "OPENAI_API_KEY": "sk-e2e"}

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of something done on the emulators' loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def shut(self, name: str) -> None:
        """Let nothing through after the next answer's first fragment."""
        self.wait(self._valves[name].allow(0))

    def let(self, name: str, more: int | None = None) -> None:
        """Let so many fragments through, or everything."""
        self.wait(self._valves[name].allow(more))

    def refuse(self, name: str) -> None:
        """From now on nobody listens at this upstream's port."""
        self.wait(self[name].stop())

    def accept(self, name: str) -> None:
        """Listen there again."""
        self.wait(self[name].start(port=self.ports[name]))

    def wait_for_request(self, name: str, already: int) -> None:
        """Wait until more than `already` requests have come."""
        requests = self[name].requests
        assert isinstance(requests, Requests)
        self.wait(requests.more_than(already))

    def wait_until_left(self, name: str) -> None:
        """Wait until the client of the last request has closed its connection."""
        left = self[name].requests[-1].client_left
        self.wait(asyncio.wait_for(left.wait(), PATIENCE))

    def end(self) -> None:
        for name, emulator in self._emulators.items():
            self.let(name)
            self.wait(emulator.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()


@dataclass(frozen=True)
class Emulated:
    """A product and the upstreams it asks."""

    product: Product
    upstreams: Upstreams

    @classmethod
    @contextmanager
    def running(cls, prepared: Path, folder: Path, **environment: str) -> Iterator["Emulated"]:
        """A product with a data folder of its own in `folder`, whose upstreams are emulators."""
        shutil.copytree(prepared, folder / "data", symlinks=True)
        upstreams = Upstreams()
        product = Product(folder / "data", upstreams.settings | environment)
        try:
            product.start()
            product.session = _administrator(product)
            yield cls(product, upstreams)
        finally:
            if product.process is not None:
                product.end()
            upstreams.end()


def _administrator(product: Product) -> str:
    """The session of a new administrator, once every model can be chosen."""
    visitor = Visitor(product.url)
    session = visitor.create_administrator(product.setup_link)
    deadline = time.monotonic() + PATIENCE
    while "emulator-openrouter" not in visitor.get(f"{product.url}/"):
        assert time.monotonic() < deadline, "the models of the emulator were never found"
    return session


def fragments_before(text: str, word: str) -> int:
    """How many fragments of an emulator's answer come before the one that holds `word`."""
    return next(at for at, fragment in enumerate(fragments(text)) if word in fragment)


def choose(page: Page, label: str, model: str) -> None:
    """Choose a model in the picker, folded away or not."""
    page.get_by_role("button", name="Provider and model:").click()
    page.get_by_role("combobox", name="Search models").fill(f"{label} {model}")
    option = page.locator(f'.picker [role=group][aria-label^="{label}"] [data-value$=":{model}"]')
    called = option.locator("bdi").inner_text()
    option.click()
    expect(page.locator("#picker-label")).to_have_text(f"{label} {called}")


SHOWN = """article => {
  const html = name => article.querySelector(`[data-part=${name}]`).innerHTML.trim();
  const text = selector => article.querySelector(selector)?.textContent.trim() ?? "";
  return {
    status: article.dataset.status,
    answer: html("answer"),
    words: article.querySelector(".answer").innerText,
    sources: html("sources"),
    images: html("images"),
    thoughts: text(".thoughts"),
    thought: article.querySelector(".reasoning").hidden ? "" : text(".reasoning summary"),
    meta: text(".meta"),
  };
}"""


def shown(answer: Locator) -> dict[str, str]:
    """Everything an answer shows, part by part."""
    parts: dict[str, str] = answer.evaluate(SHOWN)
    return parts

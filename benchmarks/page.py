"""The page in a real Chromium with a cold cache: weight, requests, time until it can be used."""

import os
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.figures import machine, megabytes, spread, table
from benchmarks.processes import pss_bytes
from benchmarks.site import Site, site_with_upstream
from tests.e2e.product import COOKIE, Product

TIMES = 5
MESSAGES = 500
IDLE_SECONDS = 30
SETTLE_MS = 700  # what comes later than this after the last request is not the page's opening

# Runs before the page's own scripts. A message counts as painted in the frame after the one that
# laid it out; Enter as accepted when the page's own handler takes the key (a page whose scripts are
# not there yet lets it pass). The key is a synthetic one, pressed again every few milliseconds. It
# sends a message, for which the page fetches more scripts, so the page is weighed without it.
PRESS_ENTER = """
const seen = { painted: 0, accepted: 0 };
Object.defineProperty(window, "benchmark", { value: seen });
function look() {
  const last = document.querySelector("#messages > article:last-of-type");
  const whole = document.readyState !== "loading" && last && last.getBoundingClientRect().height;
  if (!whole) return requestAnimationFrame(look);
  requestAnimationFrame(() => setTimeout(() => { seen.painted = performance.now(); }));
}
requestAnimationFrame(look);
const timer = setInterval(() => {
  const text = document.querySelector("#text");
  if (!text) return;
  text.value = "Hello";
  const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
  if (text.dispatchEvent(key)) return;
  seen.accepted = performance.now();
  clearInterval(timer);
}, 4);
"""


@dataclass
class Opening:
    """One page load: what came over the wire (headers included) and when it could be used."""

    bytes: int = 0
    requests: list[str] = field(default_factory=list)
    painted: float = 0.0
    accepted: float = 0.0

    @property
    def usable(self) -> float:
        """Seconds since the navigation began."""
        return max(self.painted, self.accepted) / 1000

    def watch(self, network: CDPSession) -> None:
        """Note what Chromium's network layer tells."""

        def finished(event: dict[str, Any]) -> None:
            self.bytes += int(event["encodedDataLength"])

        def received(event: dict[str, Any]) -> None:
            if not event["response"].get("fromDiskCache"):
                self.requests.append(event["response"]["url"])

        network.on("Network.responseReceived", received)
        network.on("Network.loadingFinished", finished)
        network.send("Network.enable")


@contextmanager
def stranger(browser: Browser, product: Product, session: str) -> Iterator[Page]:
    """A page of a browser that has never seen the product, signed in."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.add_cookies([{"name": COOKIE, "value": session, "url": product.url}])
        yield context.new_page()


def weigh(page: Page, address: str, opening: Opening) -> None:
    """Open the page and let it come to rest."""
    opening.watch(page.context.new_cdp_session(page))
    page.goto(address)
    page.wait_for_timeout(SETTLE_MS)


def use(page: Page, address: str, opening: Opening) -> None:
    """Open the page and press Enter until it is heard."""
    page.add_init_script(PRESS_ENTER)
    page.goto(address)
    page.wait_for_function("benchmark.painted && benchmark.accepted", timeout=20_000)
    opening.painted, opening.accepted = page.evaluate("[benchmark.painted, benchmark.accepted]")


def open_page(browser: Browser, product: Product, session: str, path: str) -> Opening:
    """Open a page of the product twice, each time in a browser that has never seen it."""
    opening = Opening()
    for look in (weigh, use):
        with stranger(browser, product, session) as page:
            look(page, product.url + path, opening)
    return opening


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM", "") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def openings(running: Site) -> str:
    """The sample page and the long conversation; each opening changes it by one `Hello`."""
    session = running.seed("people", "1")["sessions"][0]
    paths = {
        "the sample page, 20 messages": ("sample", "person0"),
        f"a conversation of {MESSAGES} messages": ("conversation", "person0", str(MESSAGES)),
    }
    rows = []
    with chromium() as browser:
        open_page(browser, running.product, session, "/c/" + _fill(running, "sample", "person0"))
        for name, arguments in paths.items():
            found = [
                open_page(browser, running.product, session, "/c/" + _fill(running, *arguments))
                for _ in range(TIMES)
            ]
            rows.append(_row(name, found))
    return table(
        ("page", "on the wire, kB", "requests", "last message painted, ms", "usable, ms"), rows
    )


def _fill(running: Site, *arguments: str) -> str:
    return f"{running.seed(*arguments, module='fill')}/"


def _row(name: str, found: list[Opening]) -> list[object]:
    return [
        name,
        f"{max(one.bytes for one in found) / 1000:.1f}",
        max(len(one.requests) for one in found),
        spread([one.painted / 1000 for one in found]),
        spread([one.usable for one in found]),
    ]


def first_answer(product: Product) -> float:
    """Start the product; seconds until the first page answers with 200."""
    started = time.monotonic()
    product.launch()
    while True:
        try:
            with urllib.request.urlopen(f"{product.url}/accounts/login/", timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return time.monotonic() - started
        except OSError:
            time.sleep(0.01)


def starting(running: Site) -> str:
    """A second start, as `make run` does it, and what the idle process holds after one page."""
    running.product.end()
    product = running.product
    seconds = [first_answer(product)]
    for _ in range(2):
        product.end()
        seconds.append(first_answer(product))
    time.sleep(IDLE_SECONDS)
    memory = pss_bytes(running.pid)
    rows = [
        ("start to the first 200, ms", spread(seconds)),
        (f"memory {IDLE_SECONDS} s after the first page, MB", megabytes(memory)),
    ]
    return table(("a start", ""), rows)


def main() -> str:
    with site_with_upstream() as running:
        return f"{openings(running)}\n\n{starting(running)}\n\n{machine()}"

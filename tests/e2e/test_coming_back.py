"""A page that was away, or whose words were lost: it ends with what the server has."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error, Page, WebSocketRoute, expect

from tests.e2e.product import Product
from tests.e2e.talking import LONG, ask, last_answer, say, text_field, wait_for_status, words

pytestmark = pytest.mark.browser


class Wire:
    """The sockets of a page, between it and the server.

    `loses` says what of the page's frames does not arrive, `is_mute` that nothing of the server's
    does; while `is_down` there is no way at all.
    """

    def __init__(self, page: Page) -> None:
        self.loses = ""
        self.is_mute = self.is_down = False
        self._open: list[tuple[WebSocketRoute, WebSocketRoute]] = []
        page.route_web_socket("**/ws/", self._connect)

    def _connect(self, page: WebSocketRoute) -> None:
        if self.is_down:
            page.close(code=4000)
            return
        server = page.connect_to_server()
        self._open.append((page, server))

        def to_server(frame: Any) -> None:
            if not self.loses or self.loses not in str(frame):
                server.send(frame)

        def to_page(frame: Any) -> None:
            if not self.is_mute:
                page.send(frame)

        page.on_message(to_server)
        server.on_message(to_page)

    def cut(self) -> None:
        """All that is open breaks; what comes after is whole again, unless `is_down`."""
        self.loses, self.is_mute = "", False
        for page, server in self._open:
            with suppress(Error):
                server.close()
            with suppress(Error):
                page.close(code=4000)
        self._open.clear()


def is_connected(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-state", "open", timeout=LONG)


@pytest.fixture
def opened(open_browser: Callable[..., Any], site: Product) -> Callable[[str], tuple[Page, Wire]]:
    """Opens a page of the administrator's and its wire, as on a device of its own."""

    def open_at(address: str = "") -> tuple[Page, Wire]:
        page = open_browser(site.session, site).new_page()
        wire = Wire(page)
        page.goto(address or f"{site.url}/")
        is_connected(page)
        return page, wire

    return open_at


def provided(page: Page) -> str:
    """What the provider said last, as it is stored, on one line."""
    told = page.request.get(f"{page.url}export/?as=json").json()
    return " ".join(told["messages"][-1]["text"].replace(">", " ").split())


@pytest.mark.parametrize("moment", [1, 12, 40])
def test_reload_reconnect_and_a_second_tab_end_with_what_the_provider_said(
    opened: Callable[..., tuple[Page, Wire]], moment: int
) -> None:
    reloads, _ = opened()
    say(reloads, "80 words, 20 tokens per second")
    expect(last_answer(reloads).locator(".block").first).to_be_visible(timeout=LONG)
    reconnects, wire = opened(reloads.url)
    while len(words(last_answer(reconnects)).split()) < moment:
        reconnects.wait_for_timeout(50)
    assert last_answer(reconnects).get_attribute("data-status") == "streaming"
    wire.cut()
    reloads.reload()
    second, _ = opened(reloads.url)

    for page in (reloads, reconnects, second):
        assert words(wait_for_status(page, "complete")) == provided(page)


def messages(page: Page) -> int:
    return page.locator(".message").count()


def test_a_page_that_is_shown_again_by_the_browser_goes_on(signed_in: Page) -> None:
    say(signed_in, "150 words, slowly")
    expect(last_answer(signed_in).locator(".block").first).to_be_visible(timeout=LONG)
    for moment in ("pagehide", "pageshow"):
        signed_in.evaluate(
            "name => dispatchEvent(new PageTransitionEvent(name, {persisted: true}))", moment
        )
    is_connected(signed_in)
    shown = words(wait_for_status(signed_in, "complete"))
    signed_in.reload()
    assert words(last_answer(signed_in)) == shown


def test_what_was_said_elsewhere_while_a_page_was_away_stands_on_it(
    opened: Callable[..., tuple[Page, Wire]],
) -> None:
    page, wire = opened()
    ask(page, "hello, fast")
    wire.is_down = True
    wire.cut()
    elsewhere, _ = opened(page.url)
    ask(elsewhere, "once more, fast")
    say(elsewhere, "60 words, slowly")
    expect(elsewhere.locator(".message")).to_have_count(6)
    assert messages(page) == 2
    wire.is_down = False

    expect(page.locator(".message")).to_have_count(6, timeout=LONG)
    assert words(wait_for_status(page, "complete")) == words(wait_for_status(elsewhere, "complete"))
    ask(page, "and again, fast")
    page.reload()
    assert messages(page) == 8


def test_another_version_that_was_made_elsewhere_takes_the_place_of_the_former(
    opened: Callable[..., tuple[Page, Wire]],
) -> None:
    page, wire = opened()
    former = ask(page, "hello, fast").get_attribute("id")
    text_field(page).fill("half a thought")
    wire.is_down = True
    wire.cut()
    elsewhere, _ = opened(page.url)
    last_answer(elsewhere).hover()
    last_answer(elsewhere).get_by_role("button", name="Answer again", exact=True).click()
    expect(elsewhere.locator(f"#{former}")).to_have_count(0)
    wait_for_status(elsewhere, "complete")
    wire.is_down = False

    expect(page.locator(f"#{former}")).to_have_count(0, timeout=LONG)
    assert messages(page) == 2
    expect(text_field(page)).to_have_value("half a thought")


def test_going_on_over_a_lost_connection_doubles_nothing(
    opened: Callable[..., tuple[Page, Wire]],
) -> None:
    page, wire = opened()
    say(page, "100 words, slowly")
    expect(last_answer(page).locator(".block").first).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Stop the answer").click()
    stopped = wait_for_status(page, "stopped")
    wire.is_mute = True
    stopped.get_by_role("button", name="Continue").click()
    elsewhere, _ = opened(page.url)
    expect(last_answer(elsewhere)).not_to_have_attribute("data-status", "stopped", timeout=LONG)
    wire.cut()

    expect(last_answer(page)).not_to_have_attribute("data-status", "stopped", timeout=LONG)
    assert messages(page) == 2
    wait_for_status(page, "complete")
    assert messages(page) == 2


def test_a_stop_that_was_lost_is_said_again(opened: Callable[..., tuple[Page, Wire]]) -> None:
    page, wire = opened()
    say(page, "2000 words, slowly")
    expect(last_answer(page).locator(".block").first).to_be_visible(timeout=LONG)
    wire.loses = "run.stop"
    stop = page.get_by_role("button", name="Stop the answer")
    stop.click()
    expect(stop).to_have_attribute("aria-busy", "true")
    wire.cut()

    wait_for_status(page, "stopped")
    say(page, "hello, fast")
    expect(stop).not_to_have_attribute("aria-busy", "true")
    wait_for_status(page, "complete")


def test_a_conversation_that_was_deleted_elsewhere_is_left(
    opened: Callable[..., tuple[Page, Wire]], site: Product
) -> None:
    page, wire = opened()
    say(page, "2000 words, slowly")
    expect(last_answer(page).locator(".block").first).to_be_visible(timeout=LONG)
    wire.is_down = True
    wire.cut()
    elsewhere, _ = opened(page.url)
    elsewhere.goto(f"{page.url}options/")
    elsewhere.get_by_role("button", name="Delete").click()
    expect(elsewhere).not_to_have_url(page.url)
    wire.is_down = False

    expect(page).to_have_url(f"{site.url}/", timeout=LONG)
    ask(page, "hello, fast")


def test_the_list_is_that_of_now(opened: Callable[..., tuple[Page, Wire]]) -> None:
    page, wire = opened()
    ask(page, "hello, fast")
    wire.is_down = True
    wire.cut()
    elsewhere, _ = opened()
    ask(elsewhere, "A conversation begun elsewhere, fast")
    entry = page.locator("#history .item", has_text="A conversation begun elsewhere")
    expect(entry).to_have_count(0)
    wire.is_down = False

    expect(entry).to_have_count(1, timeout=LONG)
    expect(page.locator("#history [aria-current=page]")).to_have_count(1)

"""A real browser behind nginx: the process it talks to goes, and it comes back by itself."""

import signal

import pytest
from playwright.sync_api import Browser, expect

from tests.cluster.installation import Installation
from tests.e2e.conftest import browser as browser
from tests.e2e.emulated import choose
from tests.e2e.product import COOKIE
from tests.e2e.talking import LONG, last_answer, say, wait_for_status

pytestmark = pytest.mark.browser


def test_a_browser_comes_through_a_rolling_restart(cluster: Installation, browser: Browser) -> None:
    context = browser.new_context(ignore_https_errors=True)
    cookie = {"name": COOKIE, "value": cluster.session, "url": cluster.origin}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{cluster.origin}/")
    try:
        choose(page, "Demo", "demo")  # tests before may have let another upstream name its models
        say(page, "800 words, 20 tokens per second")
        expect(last_answer(page).locator(".answer")).to_contain_text("800 words", timeout=LONG)
        for number in (0, 1):
            cluster.processes[number].end(signal.SIGTERM)
            cluster.start(number)
        answer = wait_for_status(page, "interrupted")
        shown = answer.locator(".answer").inner_text()
        expect(answer).to_contain_text("Try again")
        page.reload()
        assert wait_for_status(page, "interrupted").locator(".answer").inner_text() == shown
        say(page, "Say something, at once")
        wait_for_status(page, "complete")
    finally:
        context.close()

"""The page where scripts are off, and where no websocket comes through."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from tests.e2e.product import Product
from tests.e2e.talking import LONG, ask, last_answer, say, wait_for_status, words

pytestmark = pytest.mark.browser


@pytest.fixture
def scriptless(open_browser: Callable[..., BrowserContext], site: Product) -> Page:
    page = open_browser(site.session, site, java_script_enabled=False).new_page()
    page.goto(f"{site.url}/")
    return page


def send(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


def test_a_page_without_scripts_sends_and_renews_itself(scriptless: Page) -> None:
    scriptless.get_by_label("Provider and model").select_option(label="demo-reasoning")
    send(scriptless, "60 words")
    expect(last_answer(scriptless)).to_have_attribute("data-status", "streaming")
    expect(scriptless.get_by_label("Message", exact=True)).to_be_hidden()

    answer = wait_for_status(scriptless, "complete")
    assert words(answer)
    expect(answer.locator(".meta")).to_contain_text("demo-reasoning")
    expect(scriptless.get_by_label("Message", exact=True)).to_be_visible()


def test_a_page_without_scripts_can_stop_the_answer_and_the_renewing(scriptless: Page) -> None:
    send(scriptless, "500 words, slowly")
    scriptless.get_by_role("link", name="Stop renewing").click()
    expect(scriptless.locator("meta[http-equiv=refresh]")).to_have_count(0)
    scriptless.get_by_role("button", name="Stop the answer").click()

    wait_for_status(scriptless, "stopped")


def test_a_page_without_scripts_asks_again_renames_and_deletes(
    scriptless: Page, site: Product
) -> None:
    send(scriptless, "hello, fast")
    answer = wait_for_status(scriptless, "complete")
    former = answer.get_attribute("id")
    answer.hover()
    answer.get_by_role("link", name="Ask another provider").click()
    scriptless.get_by_label("Provider and model").select_option(label="demo-reasoning")
    scriptless.get_by_role("button", name="Ask").click()
    wait_for_status(scriptless, "complete")
    assert last_answer(scriptless).get_attribute("id") != former

    scriptless.locator(".item:has([aria-current=page]) .item-menu").click()
    scriptless.get_by_label("Title").fill("By hand")
    scriptless.get_by_role("button", name="Rename").click()
    expect(scriptless.get_by_role("heading", level=1)).to_have_text("By hand")
    scriptless.locator(".item:has([aria-current=page]) .item-menu").click()
    scriptless.get_by_role("button", name="Delete").click()
    expect(scriptless).to_have_url(f"{site.url}/")


def test_a_page_without_scripts_changes_the_theme(scriptless: Page) -> None:
    scriptless.locator(".account").click()
    scriptless.get_by_role("button", name="Light").click()
    expect(scriptless.locator("html")).to_have_attribute("data-theme", "light")


def block(socket: WebSocketRoute) -> None:
    """A proxy that takes the connection and never says a word."""


def test_a_blocked_socket_is_said_and_answers_come_by_fragments(
    open_browser: Callable[..., BrowserContext], site: Product
) -> None:
    page = open_browser(site.session, site).new_page()
    page.route_web_socket("**/ws/", block)
    page.goto(f"{site.url}/")
    say(page, "60 words")
    expect(page.locator("#connection")).to_contain_text("could not be made", timeout=LONG)

    answer = wait_for_status(page, "complete")
    assert words(answer)
    ask(page, "and again, fast")
    expect(page.locator(".message")).to_have_count(4)
    say(page, "500 words, slowly")
    expect(last_answer(page).locator(".block").first).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Stop the answer").click()
    wait_for_status(page, "stopped")


def test_a_refused_message_comes_back_into_the_composer(
    open_browser: Callable[..., BrowserContext], site: Product
) -> None:
    page = open_browser(site.session, site).new_page()
    page.goto(f"{site.url}/")
    expect(page.locator("body")).to_have_attribute("data-state", "open")
    page.locator("#choice").evaluate("select => select.selectedOptions[0].value = '999999:gone'")
    say(page, "for nobody")

    expect(page.get_by_role("alert")).to_contain_text("not offered")
    expect(page.get_by_label("Message", exact=True)).to_have_value("for nobody")
    expect(page.locator(".message")).to_have_count(0)

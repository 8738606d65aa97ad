"""Searching in the browser: while one types, by form, and on to the message."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.cluster.servers import until
from tests.e2e.product import NAME, ROOT, Product
from tests.e2e.talking import LONG, ask, last_answer, say, wait_for_status
from tests.e2e.test_accessibility import complaints

pytestmark = pytest.mark.browser

MESSAGES = 160


@pytest.fixture(scope="module")
def searched(site: Product) -> Product:
    """The site with a conversation that is longer than a page."""
    command = [sys.executable, "-m", "benchmarks.fill", "conversation", NAME, str(MESSAGES)]
    environment = site.full_environment() | {"DJANGO_SETTINGS_MODULE": "webchat.settings"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)
    return site


def type_search(page: Page, words: str) -> Locator:
    """Write into the search field as people do; the hits."""
    page.keyboard.press("Control+k")
    page.keyboard.type(words, delay=10)
    return page.locator("#found .hit")


def find_question(page: Page, number: int) -> Locator:
    """The hit of an old message. The process indexes a little each second, so it may not be first."""
    hits = page.locator("#found .hit").filter(has_text=f"{MESSAGES} messages")
    for _ in range(30):
        type_search(page, f"question {number} ")
        try:
            expect(hits).to_have_count(1, timeout=1000)
            break
        except AssertionError:
            page.keyboard.press("Escape")
    return hits


def test_hits_come_while_one_types_and_escape_gives_the_conversations_back(
    signed_in: Page, searched: Product
) -> None:
    expect(find_question(signed_in, 3)).to_contain_text("Question 3: what does this say?")
    expect(signed_in.locator("#found mark").first).to_have_text("Question")
    expect(signed_in.locator("#announcer")).to_contain_text("found")
    expect(signed_in.locator(".history")).to_be_hidden()
    assert complaints(signed_in) == []

    signed_in.keyboard.press("ArrowDown")
    expect(signed_in.locator("#found .hit a").first).to_be_focused()
    signed_in.keyboard.press("ArrowUp")
    expect(signed_in.locator("#search-field")).to_be_focused()
    signed_in.keyboard.press("Escape")
    expect(signed_in.locator(".history")).to_be_visible()
    expect(signed_in.locator("#search-field")).to_have_value("")
    expect(signed_in.locator("#found")).to_be_hidden()


def test_a_hit_opens_the_conversation_at_its_message_and_one_goes_on_from_there(
    signed_in: Page, searched: Product
) -> None:
    find_question(signed_in, 20).locator("a").click()
    found = signed_in.locator(".message:target")
    expect(found).to_contain_text("Question 20:")
    expect(found).to_be_in_viewport()
    box = found.bounding_box()
    assert box is not None
    assert box["y"] < 120  # below the title, where the browser put it
    marks = "[...(CSS.highlights.get('found') ?? [])].map(range => range.toString())"
    until(lambda: bool(signed_in.evaluate(marks)), "marks")  # no waiting in the page: its policy
    assert set(signed_in.evaluate(marks)) == {"Question", "20"}
    expect(signed_in.locator("#messages article")).to_have_count(50)

    signed_in.locator(".later a").first.click()
    expect(signed_in.locator("#messages article")).to_have_count(100)
    expect(signed_in.locator("#messages article").nth(50)).to_be_in_viewport()

    say(signed_in, "One more, fast")
    signed_in.wait_for_url(lambda url: "at=" not in url, timeout=LONG)
    expect(signed_in.locator(".bubble").last).to_have_text("One more, fast")
    expect(signed_in.locator(".later")).to_have_count(0)


def test_an_answer_that_grows_at_the_end_is_followed_from_when_one_gets_there(
    signed_in: Page, searched: Product
) -> None:
    find_question(signed_in, 30).locator("a").click()
    expect(signed_in.locator(".message:target")).to_be_in_viewport()
    here = signed_in.url
    signed_in.goto(here.partition("?")[0])
    say(signed_in, "300 words, slowly")
    expect(signed_in.locator(".message[data-run]")).to_have_count(1)
    signed_in.goto(here)
    stop = signed_in.get_by_role("button", name="Stop the answer")
    expect(stop).to_have_count(0)
    while signed_in.locator(".later").count():
        count = signed_in.locator("#messages article").count()
        signed_in.locator(".later a").first.click()
        expect(signed_in.locator("#messages article").nth(count)).to_be_attached()

    expect(last_answer(signed_in).locator(".block").nth(1)).to_be_attached(timeout=LONG)
    stop.click()
    wait_for_status(signed_in, "stopped")


def test_jumping_to_the_latest_leaves_the_part_that_was_found(
    signed_in: Page, searched: Product
) -> None:
    find_question(signed_in, 10).locator("a").click()
    expect(signed_in.locator(".message:target")).to_be_in_viewport()
    signed_in.locator("#latest").click()

    signed_in.wait_for_url(lambda url: "at=" not in url)
    expect(signed_in.locator(".later")).to_have_count(0)


def test_on_a_phone_the_drawer_opens_for_the_search(
    open_browser: Callable[..., BrowserContext], searched: Product
) -> None:
    phone = {"width": 375, "height": 740}
    page = open_browser(searched.session, searched, viewport=phone).new_page()
    page.goto(f"{searched.url}/")
    expect(page.locator("#sidebar")).to_be_hidden()

    expect(find_question(page, 3)).to_be_visible()
    assert complaints(page) == []


def test_a_new_message_is_found_soon(signed_in: Page, searched: Product) -> None:
    ask(signed_in, "What do capybaras eat? fast")
    hits = signed_in.locator("#found .hit")
    for _ in range(20):
        type_search(signed_in, "capyb")
        try:
            expect(hits).to_have_count(1, timeout=1000)
            break
        except AssertionError:
            signed_in.keyboard.press("Escape")

    expect(hits).to_contain_text("What do capybaras eat?")


def test_the_page_of_hits_follows_what_is_typed(signed_in: Page, searched: Product) -> None:
    find_question(signed_in, 3)
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url("**/search/?q=question+3*")
    expect(signed_in.locator("#found .hit")).to_have_count(1)
    assert complaints(signed_in) == []

    field = signed_in.get_by_role("searchbox")
    field.fill("zzyzx")
    expect(signed_in.locator("#found")).to_contain_text("Nothing was found.")
    assert complaints(signed_in) == []
    field.fill("question 4 ")
    expect(signed_in.locator("#found .hit")).to_contain_text("Question 4")
    signed_in.wait_for_url("**/search/?q=question+4*")
    signed_in.reload()
    expect(field).to_have_value("question 4 ")


def test_everything_works_without_scripts(
    open_browser: Callable[..., BrowserContext], signed_in: Page, searched: Product
) -> None:
    find_question(signed_in, 5)
    plain = open_browser(searched.session, searched, java_script_enabled=False).new_page()
    plain.goto(f"{searched.url}/")
    plain.get_by_role("searchbox").fill("question 5 ")
    plain.keyboard.press("Enter")
    plain.locator(".hit a").click()
    expect(plain.locator(".message:target")).to_contain_text("Question 5:")
    expect(plain.locator(".message:target")).to_be_in_viewport()
    plain.get_by_role("link", name="Later messages").click()
    expect(plain.locator("#messages article")).to_have_count(50)
    plain.get_by_role("link", name="Back to the latest messages").click()

    expect(plain.locator(".later")).to_have_count(0)


def test_a_server_that_does_not_answer_is_told(
    signed_in: Page, searched: Product, problems: list[str]
) -> None:
    signed_in.locator("#search-field").focus()
    signed_in.wait_for_load_state("networkidle")
    signed_in.context.set_offline(True)
    type_search(signed_in, "geese")

    expect(signed_in.locator("#found [role=alert]")).to_contain_text("Try again")
    signed_in.context.set_offline(False)
    problems.clear()

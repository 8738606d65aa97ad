"""Thumbs for answers, by keyboard and without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.product import Product
from tests.e2e.talking import ask, last_answer
from tests.e2e.test_accessibility import complaints

pytestmark = pytest.mark.browser


def test_an_answer_is_rated_explained_and_the_rating_withdrawn_by_keyboard(
    signed_in: Page, site: Product
) -> None:
    answer = ask(signed_in, "ten words, fast")
    bad = answer.get_by_role("button", name="Bad answer")
    bad.focus()
    signed_in.keyboard.press("Enter")

    dialog = signed_in.get_by_role("dialog", name="What was bad?")
    expect(dialog).to_be_visible()
    assert complaints(signed_in) == []
    signed_in.keyboard.press("ArrowDown")
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.type("Not what I meant.")
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    expect(bad).to_have_attribute("aria-pressed", "true")
    why = answer.get_by_role("link", name="Say why")
    expect(why).to_be_focused()
    signed_in.reload()
    answer = last_answer(signed_in)
    expect(bad).to_have_attribute("aria-pressed", "true")
    why.focus()
    signed_in.keyboard.press("Enter")
    expect(dialog.get_by_label("In your own words")).to_have_value("Not what I meant.")
    signed_in.keyboard.press("Escape")

    answer.get_by_role("button", name="Good answer").click()
    expect(answer.get_by_role("button", name="Good answer")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(bad).to_have_attribute("aria-pressed", "false")
    answer.get_by_role("button", name="Good answer").click()
    expect(why).to_have_count(0)
    expect(signed_in.locator("#announcer")).to_have_text("Rating withdrawn")


def test_without_scripts_the_reason_has_a_page(
    open_browser: Callable[..., BrowserContext], site: Product, signed_in: Page
) -> None:
    ask(signed_in, "ten words, fast")
    page = open_browser(site.session, site, java_script_enabled=False).new_page()
    page.goto(signed_in.url)
    last_answer(page).hover()
    last_answer(page).get_by_role("button", name="Good answer").click()
    expect(last_answer(page).get_by_role("button", name="Good answer")).to_have_attribute(
        "aria-pressed", "true"
    )
    last_answer(page).get_by_role("link", name="Say why").click()
    page.get_by_label("Helpful").check()
    page.get_by_label("In your own words").fill("Just so.")
    page.get_by_role("button", name="Save").click()
    last_answer(page).get_by_role("link", name="Say why").click()
    expect(page.get_by_label("Helpful")).to_be_checked()
    page.get_by_role("button", name="Withdraw the rating").click()
    expect(last_answer(page).get_by_role("link", name="Say why")).to_have_count(0)

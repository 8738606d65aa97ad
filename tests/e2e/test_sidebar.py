"""The list of conversations in the browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import Product
from tests.e2e.talking import ask

pytestmark = pytest.mark.browser


def open_menu(page: Page) -> None:
    item = page.locator(".item:has([aria-current=page])")
    item.hover()
    item.locator(".item-menu").click()


def test_a_conversation_appears_and_is_renamed(signed_in: Page) -> None:
    ask(signed_in, "apples and pears, fast")
    current = signed_in.locator(".item-link[aria-current=page]")
    expect(current).to_have_text("apples and pears, fast")
    open_menu(signed_in)
    signed_in.get_by_role("menuitem", name="Rename").click()
    signed_in.get_by_label("Title").fill("Fruit")
    signed_in.keyboard.press("Enter")

    expect(current).to_have_text("Fruit")
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Fruit")
    signed_in.reload()
    expect(current).to_have_text("Fruit")
    expect(signed_in).to_have_title("Fruit – Webchat")


def test_a_long_title_cuts_nothing_off(signed_in: Page) -> None:
    ask(
        signed_in,
        "Pneumonoultramicroscopicsilicovolcanoconiosis_and_what_it_is_called_elsewhere, fast",
    )
    signed_in.reload()
    sidebar = signed_in.locator("#sidebar")
    assert sidebar.evaluate("side => side.scrollWidth <= side.clientWidth")
    inside = sidebar.bounding_box()
    settings = signed_in.locator(".account").bounding_box()
    assert inside is not None and settings is not None
    assert settings["x"] + settings["width"] <= inside["x"] + inside["width"]


def test_a_deleted_conversation_is_gone_on_every_page(signed_in: Page, site: Product) -> None:
    ask(signed_in, "to be forgotten, fast")
    address = signed_in.url
    other = signed_in.context.new_page()
    other.goto(f"{site.url}/")
    entry = other.locator(".item-link", has_text="to be forgotten")
    expect(entry).to_be_visible()
    expect(other.locator("body")).to_have_attribute("data-state", "open")
    open_menu(signed_in)
    signed_in.get_by_role("menuitem", name="Delete").click()
    signed_in.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(signed_in).to_have_url(f"{site.url}/")
    expect(entry).to_have_count(0)
    assert signed_in.request.get(address).status == 404


def test_the_sidebar_stays_as_it_was_put(signed_in: Page) -> None:
    with signed_in.expect_response("**/preferences/"):
        signed_in.get_by_role("button", name="Hide the conversations").click()
    expect(signed_in.locator("#sidebar")).to_be_hidden()
    signed_in.reload()
    expect(signed_in.locator("#sidebar")).to_be_hidden()
    with signed_in.expect_response("**/preferences/"):
        signed_in.get_by_role("button", name="Show the conversations").click()
    expect(signed_in.locator("#sidebar")).to_be_visible()

"""From the printed link to the first page, in a browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.product import NAME, PASSWORD, Product

pytestmark = pytest.mark.browser


def test_the_printed_link_makes_the_administrator(
    page: Page, fresh_product: Product, problems: list[str]
) -> None:
    page.goto(fresh_product.url)
    expect(page.get_by_role("heading")).to_have_text("Almost there")

    page.goto(fresh_product.setup_link)
    page.get_by_label("Username").fill("grace")
    page.get_by_label("Password").fill("12345678")
    page.get_by_role("button").click()
    expect(page.locator(".errorlist").first).to_contain_text("too common")

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button").click()
    page.wait_for_url(f"{fresh_product.url}/")

    page.goto(fresh_product.setup_link)
    expect(page.get_by_role("heading")).to_have_text("This link is used up")
    assert [problem for problem in problems if "410" not in problem] == []
    problems.clear()


def test_signing_in_leads_to_the_page_that_was_wanted(page: Page, site: Product) -> None:
    page.goto(f"{site.url}/admin/")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/admin/$"))


def test_a_wrong_password_is_said_and_the_name_kept(page: Page, site: Product) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill("swordfish")
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value(NAME)


def test_the_administration_works_under_its_policy(signed_in: Page, site: Product) -> None:
    signed_in.goto(f"{site.url}/admin/webchat/endpoint/")
    signed_in.locator("th.field-label a").first.click()

    expect(signed_in.locator("#id_api_key")).to_have_attribute("type", "password")


def test_the_page_keeps_no_javascript_waiting(
    open_browser: Callable[..., object], site: Product
) -> None:
    """Everything around an account works with scripts switched off."""
    page = open_browser(java_script_enabled=False).new_page()  # type: ignore[attr-defined]
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page).to_have_url(f"{site.url}/")

"""A message that the server does not take: everything of it comes back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.e2e.product import Product
from tests.e2e.talking import ask, last_answer, text_field
from tests.pictures import PNG

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def product(start_module_product: Callable[..., Product]) -> Product:
    """One whose limits and models these tests change."""
    return start_module_product()


DOT = {"name": "dot.png", "mimeType": "image/png", "buffer": PNG}


def test_pictures_and_words_come_back_before_what_was_written_since(
    product: Product, open_browser: Callable[..., BrowserContext]
) -> None:
    page = open_browser(product.session, product).new_page()
    page.goto(f"{product.url}/admin/webchat/limits/add/")
    page.get_by_label("Messages a minute").fill("1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    page.goto(f"{product.url}/")
    ask(page, "hello, fast")

    pictures = page.locator("#attachments li")
    page.locator("input[type=file]").set_input_files(DOT)  # type: ignore[arg-type]
    expect(pictures).to_have_count(1)
    expect(page.locator("#attachments [aria-busy]")).to_have_count(0)
    text_field(page).fill("What is this?")
    page.keyboard.press("Enter")

    expect(page.locator(".dock .notice")).to_contain_text("You may ask 1 time a minute")
    expect(text_field(page)).to_have_value("What is this?")
    expect(pictures).to_have_count(1)
    expect(page.locator("input[name=media]")).to_have_count(1)
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    expect(page.locator(".message")).to_have_count(2)


def test_words_of_a_rating_that_could_not_be_saved_stay_in_their_dialog(
    open_browser: Callable[..., BrowserContext], site: Product, problems: list[str]
) -> None:
    page = open_browser(site.session, site).new_page()
    page.goto(f"{site.url}/")
    ask(page, "hello, fast")
    last_answer(page).get_by_role("button", name="Bad answer").click()
    dialog = page.get_by_role("dialog", name="What was bad?")
    words = dialog.get_by_label("In your own words")
    words.fill("It is not so.")

    def lost(route: Route) -> None:
        route.abort()

    page.route("**/rating/", lost)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("That did not work. Try again.")
    expect(words).to_have_value("It is not so.")
    page.unroute("**/rating/", lost)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    problems.clear()  # the browser tells of the request that was lost


def test_the_button_of_the_model_says_what_administrators_call_it(
    product: Product, open_browser: Callable[..., BrowserContext]
) -> None:
    named = "from webchat.models import EndpointModel, Endpoint;"
    named += "one = Endpoint.objects.get(provider='Demo').models.first();"
    named += "one.label = 'The quick one'; one.make_default(); one.save()"
    product.manage("shell", "-v0", "-c", named)
    page = open_browser(product.session, product).new_page()
    page.goto(f"{product.url}/")
    expect(page.locator("body")).to_have_attribute("data-state", "open")
    expect(page.locator("#picker-label")).to_contain_text("The quick one")

"""Endpoints in the administration: by keyboard alone, in light and dark, with a real upstream."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.emulated import Emulated
from tests.e2e.talking import LONG
from tests.e2e.test_accessibility import complaints

pytestmark = pytest.mark.browser

PAGES = ("", "endpoint/", "endpoint/add/", "endpointmodel/", "endpointmodel/add/")


@pytest.fixture(scope="module")
def emulated(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    with Emulated.running(prepared_data, tmp_path_factory.mktemp("administered")) as emulated:
        yield emulated


@pytest.fixture
def panel(emulated: Emulated, open_browser: Callable[..., BrowserContext]) -> Page:
    """The administrator's browser at the list of endpoints."""
    product = emulated.product
    page = open_browser(product.session, product).new_page()
    page.goto(f"{product.url}/admin/webchat/endpoint/")
    return page


def press_on(page: Page, name: str, role: str = "button") -> None:
    """Reach something by the tabulator and press it."""
    target = page.locator("#content").get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the tabulator never reached {name!r}")


def test_an_endpoint_is_added_tried_and_trimmed_by_keyboard(
    panel: Page, emulated: Emulated
) -> None:
    press_on(panel, "Add endpoint", "link")
    expect(panel.get_by_label("Label:")).to_be_focused()
    panel.keyboard.type("Second opinion")
    panel.keyboard.press("Tab")
    panel.keyboard.press("Tab")
    panel.keyboard.type(emulated.upstreams["OpenAICompatible"].base_url)
    panel.keyboard.press("Tab")
    panel.keyboard.type("sk-by-hand")
    press_on(panel, "Save and test")

    expect(panel.locator(".verdict")).to_have_text("works", timeout=LONG)
    expect(panel.locator(".trial")).to_contain_text("6 models")
    press_on(panel, "Back to the endpoint", "link")
    expect(panel.get_by_label("Key:")).to_have_value("")
    expect(panel.locator(".field-api_key")).to_contain_text("Forget it")

    press_on(panel, "Models", "link")
    panel.get_by_label("Label: emulator-think").fill("Thinker")
    panel.get_by_label("Enabled: emulator-search").uncheck()
    press_on(panel, "Save")
    expect(panel.locator(".messagelist")).to_contain_text("2 models were changed")

    panel.goto(f"{emulated.product.url}/")
    panel.get_by_role("button", name="Provider and model:").click()
    group = panel.locator('.picker [role=group][aria-label="Second opinion"]')
    expect(group.get_by_role("option", name="Thinker")).to_be_visible()
    expect(group.locator("[role=option]")).to_have_count(5)
    expect(group).not_to_contain_text("emulator-search")


def test_several_endpoints_are_asked_from_the_list(panel: Page) -> None:
    for label in ("OpenAI-compatible", "Demo"):
        panel.locator("tr", has=panel.get_by_role("link", name=label, exact=True)).locator(
            ".action-select"
        ).check()
    panel.get_by_label("Action:").select_option("test")
    panel.get_by_role("button", name="Go", exact=True).click()
    expect(panel.locator(".trial.good")).to_have_count(2, timeout=LONG)


def test_the_theme_is_chosen_without_a_script(
    emulated: Emulated, open_browser: Callable[..., BrowserContext]
) -> None:
    product = emulated.product
    page = open_browser(product.session, product, java_script_enabled=False).new_page()
    page.goto(f"{product.url}/admin/webchat/endpoint/")
    for theme, colour in (("Dark", "rgb(23, 23, 26)"), ("Light", "rgb(252, 252, 251)")):
        page.locator(".user-menu summary").click()
        page.get_by_role("button", name=theme, exact=True).click()
        expect(page).to_have_url(f"{product.url}/admin/webchat/endpoint/")
        expect(page.locator("body")).to_have_css("background-color", colour)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_hard_to_perceive(
    emulated: Emulated, open_browser: Callable[..., BrowserContext], scheme: str
) -> None:
    product = emulated.product
    page = open_browser(product.session, product, color_scheme=scheme).new_page()
    found = {}
    for address in PAGES:
        page.goto(f"{product.url}/admin/webchat/{address}" if address else f"{product.url}/admin/")
        found[address] = complaints(page, preload=False)
    page.goto(f"{product.url}/admin/webchat/endpoint/")
    page.get_by_role("link", name="Demo", exact=True).click()
    found["change"] = complaints(page, preload=False)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator(".trial")).to_be_visible(timeout=LONG)
    found["test"] = complaints(page, preload=False)
    assert {address: said for address, said in found.items() if said} == {}

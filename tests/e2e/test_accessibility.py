"""axe-core finds nothing to complain about on any page, light or dark."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.product import Product
from tests.e2e.talking import LONG, ask, last_answer, say, wait_for_status

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
RUN = """async preload => {
    const found = await axe.run(document, { resultTypes: ["violations"], preload });
    return found.violations.flatMap(rule => rule.nodes.map(
        node => `${rule.id}: ${node.target.join(" ")} (${node.failureSummary})`
    ));
}"""


def complaints(page: Page, *, preload: bool = True) -> list[str]:
    """What axe says of a page. Where a style sheet imports another, its preloading breaks the CSP."""
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(RUN, preload)
    return found


@pytest.fixture(params=["light", "dark"])
def looked_at(
    request: pytest.FixtureRequest, open_browser: Callable[..., BrowserContext], site: Product
) -> Iterator[Page]:
    yield open_browser(site.session, site, color_scheme=request.param).new_page()


@pytest.fixture(params=["light", "dark"])
def stranger(request: pytest.FixtureRequest, open_browser: Callable[..., BrowserContext]) -> Page:
    return open_browser(color_scheme=request.param).new_page()


def test_signing_in(stranger: Page, site: Product) -> None:
    stranger.goto(f"{site.url}/accounts/login/")
    assert complaints(stranger) == []


@pytest.fixture(scope="module")
def without_administrator(
    prepared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    data = tmp_path_factory.mktemp("without-administrator") / "data"
    shutil.copytree(prepared_data, data, symlinks=True)
    product = Product(data).start()
    yield product
    product.end()


def test_setting_up(stranger: Page, without_administrator: Product) -> None:
    stranger.goto(without_administrator.setup_link)
    assert complaints(stranger) == []


def test_the_empty_page_with_everything_open(looked_at: Page, site: Product) -> None:
    looked_at.goto(f"{site.url}/")
    assert complaints(looked_at) == []
    looked_at.locator(".account").click()
    assert complaints(looked_at) == []
    looked_at.keyboard.press("Escape")
    looked_at.locator("#picker-button").click()
    looked_at.locator("#o-fold").click()
    expect(looked_at.locator(".picker")).to_be_visible()
    assert complaints(looked_at) == []


def test_a_conversation(looked_at: Page, site: Product) -> None:
    looked_at.goto(f"{site.url}/")
    answer = ask(looked_at, "Show me what you can do, fast")
    answer.locator(".reasoning summary").click()
    assert complaints(looked_at) == []
    looked_at.locator(".item:has([aria-current=page]) .item-menu").click()
    assert complaints(looked_at) == []
    looked_at.get_by_role("menuitem", name="Delete").click()
    assert complaints(looked_at) == []


def test_a_growing_answer(looked_at: Page, site: Product) -> None:
    looked_at.goto(f"{site.url}/")
    say(looked_at, "500 words, slowly")
    expect(last_answer(looked_at).locator(".block").first).to_be_visible(timeout=LONG)
    assert complaints(looked_at) == []
    looked_at.get_by_role("button", name="Stop the answer").click()
    wait_for_status(looked_at, "stopped")


def test_answers_that_can_go_on(looked_at: Page, site: Product) -> None:
    looked_at.goto(f"{site.url}/")
    say(looked_at, "cut off")
    answer = wait_for_status(looked_at, "failed")
    expect(answer.get_by_role("button", name="Continue")).to_be_visible()
    assert complaints(looked_at) == []
    say(looked_at, "500 words, slowly")
    expect(last_answer(looked_at).locator(".block").first).to_be_visible(timeout=LONG)
    looked_at.get_by_role("button", name="Stop the answer").click()
    wait_for_status(looked_at, "stopped")
    assert complaints(looked_at) == []


def test_the_account_and_changing_its_password(looked_at: Page, site: Product) -> None:
    looked_at.goto(f"{site.url}/")
    looked_at.locator(".account").click()
    looked_at.get_by_role("link", name="Your account").click()
    expect(looked_at.get_by_label("Time zone")).to_be_visible()
    assert complaints(looked_at) == []
    looked_at.get_by_role("link", name="Password").click()
    expect(looked_at.get_by_label("Current Password")).to_be_visible()
    assert complaints(looked_at) == []


def test_a_failure(looked_at: Page, site: Product) -> None:
    looked_at.goto(f"{site.url}/")
    say(looked_at, "error: rate limit")
    wait_for_status(looked_at, "failed")
    assert complaints(looked_at) == []


def test_pages_that_do_not_exist(looked_at: Page, site: Product, problems: list[str]) -> None:
    looked_at.goto(f"{site.url}/c/00000000-0000-0000-0000-000000000000/")
    assert complaints(looked_at) == []
    problems.clear()


def test_the_page_of_figures(looked_at: Page, site: Product) -> None:
    looked_at.goto(f"{site.url}/")
    answer = ask(looked_at, "ten words, fast")
    answer.get_by_role("button", name="Good answer").click()
    expect(answer.get_by_role("link", name="Say why")).to_be_visible()
    looked_at.goto(f"{site.url}/admin/webchat/outcome/")
    expect(looked_at.get_by_role("img", name="Messages")).to_be_visible()
    for table in looked_at.locator(".figures-table summary").all():
        table.click()
    assert complaints(looked_at) == []
    with looked_at.expect_download() as download:
        looked_at.locator("#activity").get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename.startswith("activity-")

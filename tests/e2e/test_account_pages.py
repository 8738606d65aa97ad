"""Every page around an account: accessible, within its policy, and whole without scripts."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.product import NAME, PASSWORD, Product
from tests.e2e.test_accessibility import complaints

pytestmark = pytest.mark.browser

ENTRANCE = [
    "login/",
    "signup/",
    "waiting/",
    "inactive/",
    "password/reset/",
    "password/reset/done/",
    "password/reset/key/1-no/",
    "password/reset/key/done/",
    "email/confirm/",
    "email/confirm/no/",
]
INSIDE = [
    "",
    "password/change/",
    "second-factor/webauthn/",
    "second-factor/webauthn/add/",
    "second-factor/totp/activate/",
    "email/",
    "sessions/",
    "oidc/connections/",
    "delete/",
    "logout/",
]


@pytest.fixture(scope="module")
def product(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """With everything that an account may have; nobody listens at the other ends."""
    data = tmp_path_factory.mktemp("accounts") / "data"
    shutil.copytree(prepared_data, data, symlinks=True)
    environment = {
        "SIGNUP": "open",
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "OIDC_ISSUER": "http://127.0.0.1:9",
        "OIDC_CLIENT_ID": "webchat",
    }
    product = Product(data, environment).start()
    product.session = product.create_administrator()
    yield product
    product.end()


def confirm(page: Page) -> None:
    """The password once more, where a page wants it."""
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_entrance_is_accessible(
    open_browser: Callable[..., BrowserContext], product: Product, scheme: str
) -> None:
    page = open_browser(color_scheme=scheme).new_page()
    for path in ENTRANCE:
        page.goto(f"{product.url}/accounts/{path}")
        assert complaints(page) == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_inside_are_accessible(
    open_browser: Callable[..., BrowserContext], product: Product, scheme: str
) -> None:
    page = open_browser(product.session, product, color_scheme=scheme).new_page()
    for path in INSIDE:
        page.goto(f"{product.url}/accounts/{path}")
        if "reauthenticate" in page.url:
            assert complaints(page) == [], "confirming"
        confirm(page)
        assert complaints(page) == [], path
        assert page.url.endswith(f"/accounts/{path}")


def test_the_panel_of_people_is_within_its_policy(
    open_browser: Callable[..., BrowserContext], product: Product
) -> None:
    page = open_browser(product.session, product).new_page()
    for path in ("", "1/change/", "1/password/", "1/reset-link/", "add/"):
        page.goto(f"{product.url}/admin/webchat/user/{path}")
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
    page.goto(f"{product.url}/admin/webchat/user/1/reset-link/")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Reset link").input_value()
    page.goto(link)
    assert complaints(page) == []
    expect(page.get_by_label("New Password", exact=True)).to_be_visible()


def test_an_account_is_made_used_and_deleted_without_scripts(
    open_browser: Callable[..., BrowserContext], start_product: Callable[..., Product]
) -> None:
    product = start_product(SIGNUP="open")
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{product.url}/accounts/login/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("carol")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(f"{product.url}/")

    page.goto(f"{product.url}/accounts/")
    page.get_by_label("Name").fill("Carol")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Devices").click()
    expect(page.get_by_text("This device")).to_be_visible()
    page.get_by_role("link", name="Back to your account").click()
    page.get_by_role("link", name="Delete the account").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading")).to_have_text("Your account is deleted")


def test_the_account_is_reached_from_the_conversations(
    open_browser: Callable[..., BrowserContext], product: Product
) -> None:
    page = open_browser(product.session, product).new_page()
    page.goto(f"{product.url}/")
    page.locator(".account").click()
    page.get_by_role("link", name="Your account").click()
    expect(page.get_by_text(f"You sign in as {NAME}")).to_be_visible()
    page.get_by_role("link", name="Back to the conversations").click()
    expect(page).to_have_url(f"{product.url}/")

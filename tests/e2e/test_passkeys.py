"""Passkeys in a real browser, with an authenticator that the browser itself plays."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.product import PASSWORD, Product
from tests.e2e.test_accessibility import complaints

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """What holds the passkeys of one page (CDP domain WebAuthn)."""

    def __init__(self, page: Page, **options: Any) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        made = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | options})
        self._id = made["authenticatorId"]

    def passkeys(self) -> list[dict[str, Any]]:
        known = self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        found: list[dict[str, Any]] = known["credentials"]
        return found

    def refuse(self) -> None:
        """The person turns away when the device asks."""
        self._session.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": False}
        )


numbers = count(1)


@pytest.fixture(scope="module")
def product(start_module_product: Callable[..., Product]) -> Product:
    return start_module_product(SIGNUP="open")


@pytest.fixture
def name() -> str:
    """Of an account that no other test uses."""
    return f"carol-{next(numbers)}"


@pytest.fixture
def page(open_browser: Callable[..., BrowserContext], product: Product, name: str) -> Page:
    """The browser of a person who has just signed up."""
    page = open_browser().new_page()
    page.goto(f"{product.url}/accounts/signup/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(f"{product.url}/")
    return page


def add_passkey(page: Page, product: Product, name: str = "My phone") -> None:
    page.goto(f"{product.url}/accounts/second-factor/webauthn/add/")
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading")).to_have_text("Recovery codes")
    assert complaints(page) == []


def sign_out(page: Page, product: Product) -> None:
    page.goto(f"{product.url}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading")).to_have_text("Sign in")


def test_a_passkey_signs_in_by_itself_and_leads_where_one_wanted(
    page: Page, product: Product
) -> None:
    device = Device(page)
    add_passkey(page, product)
    assert len(device.passkeys()) == 1
    assert device.passkeys()[0]["isResidentCredential"]
    sign_out(page, product)

    page.goto(f"{product.url}/accounts/login/?next=/accounts/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page).to_have_url(f"{product.url}/accounts/")
    expect(page.get_by_text("1 passkey")).to_be_visible()


def test_a_passkey_is_the_second_step_after_the_password(
    page: Page, product: Product, name: str
) -> None:
    Device(page)
    add_passkey(page, product)
    sign_out(page, product)

    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading")).to_have_text("One more step")
    assert complaints(page) == []
    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(f"{product.url}/")


def test_a_security_key_without_memory_is_a_second_step_only(page: Page, product: Product) -> None:
    device = Device(
        page, transport="usb", hasResidentKey=False, hasUserVerification=False, isUserVerified=False
    )
    add_passkey(page, product, "Key ring")
    assert not device.passkeys()[0]["isResidentCredential"]

    page.goto(f"{product.url}/accounts/second-factor/webauthn/")
    expect(page.get_by_role("listitem")).to_contain_text("Stands in for the code")


def test_a_passkey_that_is_not_unlocked_does_not_sign_in(page: Page, product: Product) -> None:
    device = Device(page)
    add_passkey(page, product)
    sign_out(page, product)

    device.refuse()
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("No passkey was used")).to_be_visible()
    expect(page.get_by_role("heading")).to_have_text("Sign in")


def test_a_passkey_is_renamed_and_removed(page: Page, product: Product) -> None:
    Device(page)
    add_passkey(page, product)
    page.goto(f"{product.url}/accounts/second-factor/webauthn/")

    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("Old phone")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="Remove Old phone").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("There is none yet")).to_be_visible()

    sign_out(page, product)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey is not known here")).to_be_visible()


def test_without_scripts_the_page_says_what_passkeys_need(
    open_browser: Callable[..., BrowserContext], page: Page, product: Product
) -> None:
    plain = open_browser(java_script_enabled=False)
    plain.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    bare = plain.new_page()
    bare.goto(f"{product.url}/accounts/second-factor/webauthn/add/")
    bare.get_by_label("Password").fill(PASSWORD)
    bare.get_by_role("button", name="Confirm").click()

    expect(bare.get_by_text("Passkeys need JavaScript")).to_be_visible()
    expect(bare.get_by_role("button", name="Add a passkey")).to_be_hidden()

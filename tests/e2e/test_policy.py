"""Chromium visits every address there is: as an administrator, as somebody else, as a stranger.

No page may break its Content-Security-Policy, and every address that shows nobody a page is named
in NO_PAGE, so that one which stopped working does not go unseen.
"""

import functools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response
from playwright.sync_api import Error as BrowserError

from tests.addresses import Address, Site, explore
from tests.e2e.contexts import SMALL_PAGE, WATCH_POLICY
from tests.e2e.product import COOKIE, Product

pytestmark = pytest.mark.browser

# Routes that no one gets a page from by asking for it, as regular expressions.
NO_PAGE = {
    "favicon.ico|healthz|readyz|logo/.*|.*[.](svg|csv)|.*/download/": "not HTML",
    "media/<uuid:pk>/|.*/pictures/<uuid:media>/": "a picture",
    "metrics": "there is none without METRICS_TOKEN",
    ".*/(rename|delete|archive|continue|stop|rating|test|refresh|import)/": "for forms",
    "send/|media/|preferences/": "for forms",
    "c/<uuid:pk>/export/|export/all/": "a file",
    "setup/.*": "there is an administrator already",
    "accounts/password/set/": "for accounts without a password",
    "accounts/(email/.*|password/reset/(done/)?)": "there is no mail",
    "accounts/second-factor/(authenticate/)?|.*/webauthn/(re)?authenticate/": "on the way in",
    ".*/webauthn/login/": "data for a script",
    "admin/(login|logout|autocomplete|password_change|jsi18n)/": "data, or elsewhere",
    "admin/r/.*|admin/[(][?]P<url>.*": "leads elsewhere",
    "admin/webchat/(auditrecord|endpointmodel|installation)/.*(add|delete)/": "not to be done",
    "admin/webchat/installation/": "there is one, so that it leads there",
    "admin/\\w+/\\w+/<path:object_id>/": "an old address of the page that changes it",
}


class Tour:
    """One browser that goes through addresses and notes what it sees."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.violations: list[str] = []
        self._heard: list[str] = []
        self.shown: set[str] = set()
        self.broken: list[str] = []
        context.add_init_script(WATCH_POLICY)
        context.set_default_timeout(20_000)
        self._context = context
        context.new_page().goto(f"{origin}{SMALL_PAGE}")  # keeps the process between tabs
        context.on("page", lambda page: page.on("console", lambda m: self._hear(page, m.text)))
        self._tab: Page | None = None

    def _hear(self, page: Page, text: str) -> None:
        if re.search("policy|trusted", text, re.IGNORECASE):
            self._heard.append(f"{page.url}: {text}")

    def visit(self, address: Address) -> None:
        """In the tab of the last page, if it showed one.

        A tab that shows the browser's own error goes there a moment later, and a picture alone
        gets a page from the browser: after them comes a new tab.
        """
        self._tab = self._tab or self._context.new_page()
        if not self._look(address, self._tab, self._go(address, self._tab)):
            self._tab.close()
            self._tab = None

    def _look(self, address: Address, page: Page, response: Response | None) -> bool:
        """Whether it is a page."""
        if response is None:
            return False
        if response.status >= 500:
            self.broken.append(f"{address.path} answers {response.status}")
        is_html = "text/html" in response.headers.get("content-type", "")
        if is_html:
            page.evaluate(
                "new Promise(done => setTimeout(done))"
            )  # pending reports of violations arrive
            self.violations += self._heard
        self._heard.clear()  # of a picture alone the browser makes a page that breaks its policy
        if is_html and response.status == 200 and self._is_at(address, page):
            self.shown.add(address.route)
        return is_html

    def _go(self, address: Address, page: Page) -> Response | None:
        try:
            return page.goto(f"{self.origin}{address.path}")
        except BrowserError as error:
            if "net::" not in error.message and "Download" not in error.message:
                raise
            return None  # nothing to look at: a file, or an answer without a body

    def _is_at(self, address: Address, page: Page) -> bool:
        """Whether it was not led elsewhere, but for a link that hides its own token."""
        return page.url.partition("?")[0] == f"{self.origin}{address.path}" or (
            "/reset/key/" in address.path and "/reset/key/" in page.url
        )


def is_for(address: Address, *, administrator: bool, signed_in: bool) -> bool:
    """Whether there is something to see for these people; a link for a new password signs out."""
    if "/reset/key/" in address.path:
        return not signed_in
    return administrator or not address.path.startswith("/admin/")


@pytest.fixture(scope="module")
def product(start_module_product: Callable[..., Product]) -> Product:
    """One of their own: the tours make an endpoint that others would ask."""
    return start_module_product()


@pytest.fixture(scope="module")
def whole(product: Product) -> Site:
    return explore(product)


PEOPLE = ("administrator", "somebody", "stranger")


@pytest.fixture(scope="module")
def tour_of(browser: Browser, product: Product, whole: Site) -> Callable[[str], Tour]:
    """The tour of one of PEOPLE, made when it is first asked for."""

    @functools.cache
    def tour_of(person: str) -> Tour:
        session = getattr(whole, person, "")
        context = browser.new_context()
        if session:
            context.add_cookies([{"name": COOKIE, "value": session, "url": product.url}])
        tour = Tour(context, product.url)
        administrator, signed_in = person == "administrator", bool(session)
        for address in whole.addresses:
            if is_for(address, administrator=administrator, signed_in=signed_in):
                tour.visit(address)
        context.close()
        return tour

    return tour_of


@pytest.mark.parametrize("person", PEOPLE)
def test_no_page_breaks_its_policy(tour_of: Callable[[str], Tour], person: str) -> None:
    assert tour_of(person).broken == []
    assert tour_of(person).violations == []


def test_every_address_shows_a_page_or_is_listed(
    tour_of: Callable[[str], Tour], whole: Site
) -> None:
    shown = set().union(*(tour_of(person).shown for person in PEOPLE))
    unseen = [each.route for each in whole.addresses if each.route not in shown]
    assert [route for route in unseen if not any(re.fullmatch(p, route) for p in NO_PAGE)] == []
    assert [p for p in NO_PAGE if not any(re.fullmatch(p, route) for route in unseen)] == []


def test_the_tour_would_see_a_violation(browser: Browser, product: Product) -> None:
    context = browser.new_context()
    tour = Tour(context, product.url)
    context.route(
        "**/accounts/login/",
        lambda route: route.fulfill(
            body="<!doctype html><p style='color: red'>",
            headers={"Content-Security-Policy": "default-src 'none'", "Content-Type": "text/html"},
        ),
    )
    tour.visit(Address("accounts/login/", "/accounts/login/"))

    assert "style-src" in tour.violations[0]
    assert tour.shown == {"accounts/login/"}
    context.close()

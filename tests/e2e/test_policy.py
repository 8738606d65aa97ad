"""Chromium visits every address there is: as an administrator, as somebody else, as a stranger.

No page may break its Content-Security-Policy, and every address that shows nobody a page is named
in NO_PAGE, so that one which stopped working does not go unseen.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response
from playwright.sync_api import Error as BrowserError

from tests.addresses import Address, explore
from tests.e2e.conftest import WATCH_POLICY
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
        context.on("page", lambda page: page.on("console", lambda m: self._hear(page, m.text)))
        self._context = context

    def _hear(self, page: Page, text: str) -> None:
        if re.search("policy|trusted", text, re.IGNORECASE):
            self._heard.append(f"{page.url}: {text}")

    def visit(self, address: Address) -> None:
        """In a tab of its own: one that shows the browser's own error goes there a moment later."""
        self.page = self._context.new_page()
        try:
            self._look(address, self._go(address))
        finally:
            self.page.close()

    def _look(self, address: Address, response: Response | None) -> None:
        if response is None:
            return
        if response.status >= 500:
            self.broken.append(f"{address.path} answers {response.status}")
        is_html = "text/html" in response.headers.get("content-type", "")
        if is_html:
            self.page.evaluate("new Promise(done => setTimeout(done))")  # what waits to be told is
            self.violations += self._heard
        self._heard.clear()  # of a picture alone the browser makes a page that breaks its policy
        if is_html and response.status == 200 and self._is_at(address):
            self.shown.add(address.route)

    def _go(self, address: Address) -> Response | None:
        try:
            return self.page.goto(f"{self.origin}{address.path}")
        except BrowserError as error:
            if "net::" not in error.message and "Download" not in error.message:
                raise
            return None  # nothing to look at: a file, or an answer without a body

    def _is_at(self, address: Address) -> bool:
        """Whether it was not led elsewhere, but for a link that hides its own token."""
        return self.page.url.partition("?")[0] == f"{self.origin}{address.path}" or (
            "/reset/key/" in address.path and "/reset/key/" in self.page.url
        )


def is_for(address: Address, *, administrator: bool, signed_in: bool) -> bool:
    """Whether there is something to see for these people; a link for a new password signs out."""
    if "/reset/key/" in address.path:
        return not signed_in
    return administrator or not address.path.startswith("/admin/")


@pytest.fixture
def site(start_product: Callable[..., Product]) -> Product:
    """One of their own: the tour makes an endpoint that others would ask."""
    return start_product()


def test_no_page_breaks_its_policy(browser: Browser, site: Product, tmp_path: Path) -> None:
    whole = explore(site)
    tours = []
    for session in (whole.administrator, whole.somebody, ""):
        context = browser.new_context()
        if session:
            context.add_cookies([{"name": COOKIE, "value": session, "url": site.url}])
        tour = Tour(context, site.url)
        for address in whole.addresses:
            if is_for(
                address, administrator=session == whole.administrator, signed_in=bool(session)
            ):
                tour.visit(address)
        tours.append(tour)
        context.close()

    shown = {route for tour in tours for route in tour.shown}
    unseen = [each.route for each in whole.addresses if each.route not in shown]
    assert [one for tour in tours for one in tour.broken] == []
    assert [route for route in unseen if not any(re.fullmatch(p, route) for p in NO_PAGE)] == []
    assert [p for p in NO_PAGE if not any(re.fullmatch(p, route) for route in unseen)] == []
    assert [one for tour in tours for one in tour.violations] == []


def test_the_tour_would_see_a_violation(browser: Browser, site: Product) -> None:
    context = browser.new_context()
    tour = Tour(context, site.url)
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

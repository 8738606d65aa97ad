"""Contexts of the browser that tests use one after the other.

A new context costs a new process, which has to compile all scripts of a page again. A context that
comes back loses its cookies, its stored data and its tabs except one, which keeps the process.
"""

from collections import defaultdict
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Frame, Page

WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", event => console.error(
  `policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`
));
"""
SMALL_PAGE = "/healthz"


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else ""


class Reusable:
    """A context, and the tab that keeps its process between tests."""

    def __init__(self, browser: Browser, options: dict[str, Any]) -> None:
        self.key = repr(sorted(options.items()))
        self.context = browser.new_context(**options)
        if options.get("java_script_enabled", True):
            self.context.add_init_script(WATCH_POLICY)
        self._kept: Page | None = None
        self._origins: set[str] = set()
        self.context.on("page", self._follow)

    def _follow(self, page: Page) -> None:
        page.on("framenavigated", self._note)

    def _note(self, frame: Frame) -> None:
        self._origins.add(origin_of(frame.url))

    def reset(self) -> None:
        """Make the context as it was before its first test."""
        pages = [page for page in self.context.pages if page is not self._kept]
        if self._kept is None and pages:
            self._keep(pages.pop())
        for page in pages:
            page.close()
        self.context.set_offline(False)
        self.context.unroute_all()
        self.context.clear_permissions()
        self.context.clear_cookies()
        self._clear_storage()

    def _keep(self, page: Page) -> None:
        """Keep this tab at a page without scripts; where the server has ended, close it."""
        if origin := origin_of(page.url):
            with suppress(Error):
                page.goto(f"{origin}{SMALL_PAGE}")
                self._kept = page
        if self._kept is None:
            page.close()

    def _clear_storage(self) -> None:
        origins, self._origins = self._origins - {""}, set()
        if not origins:
            return
        page = self._kept or self.context.new_page()
        session = self.context.new_cdp_session(page)
        for origin in origins:
            arguments = {"origin": origin, "storageTypes": "all"}
            session.send("Storage.clearDataForOrigin", arguments)
        session.detach()
        if page is not self._kept:
            page.close()


class Contexts:
    """All contexts of a browser that no test uses at the moment, by their options."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: dict[str, list[Reusable]] = defaultdict(list)

    def take(self, **options: Any) -> Reusable:
        idle = self._idle[repr(sorted(options.items()))]
        return idle.pop() if idle else Reusable(self._browser, options)

    def give_back(self, reusable: Reusable) -> None:
        reusable.reset()
        self._idle[reusable.key].append(reusable)

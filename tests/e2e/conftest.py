"""The real server and a real browser.

`site` is one server for all tests with an administrator signed up; `start_product(**environment)`
starts another one. `page` is somebody's fresh browser, `signed_in` one where the administrator is
signed in, `open_browser(**options)` one with other options of Playwright's `new_context`
(`java_script_enabled=False`, `color_scheme="dark"`, `viewport={...}`).

What a page logs as an error, and every violation of its policy, fails the test; a test that
provokes some takes them off `problems`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests import prepared
from tests.e2e.contexts import Contexts, Reusable
from tests.e2e.product import COOKIE, Product

CHROMIUM = os.environ.get("CHROMIUM", "") or shutil.which("chromium") or ""
# One process for all tabs of a context at one site, so that only its first tab starts one.
ARGUMENTS = ["--no-sandbox", "--process-per-site"]


def needs_browser() -> None:
    """Skip, saying so; where the tests must be whole (CI=true), fail."""
    if not CHROMIUM:
        message = "there is no Chromium (Debian: apt install chromium; or name it in CHROMIUM)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="session")
def prepared_data() -> Path:
    """A data folder after a first start; copies of it start fast."""
    return prepared.data_folder()


@pytest.fixture(scope="session")
def site(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A running product; `site.session` is the administrator's."""
    data = tmp_path_factory.mktemp("site") / "data"
    shutil.copytree(prepared_data, data, symlinks=True)
    product = Product(data).start()
    product.session = product.create_administrator()
    yield product
    product.end()


@contextmanager
def starting(prepared_data: Path, folder: Path) -> Iterator[Callable[..., Product]]:
    """Starts products with the environments they are given, which end with the block."""
    products: list[Product] = []

    def start(**environment: str) -> Product:
        data = folder / f"data-{len(products)}"
        shutil.copytree(prepared_data, data, symlinks=True)
        product = Product(data, environment)
        products.append(product)
        product.start()
        product.session = product.create_administrator()
        return product

    try:
        yield start
    finally:
        for product in products:
            product.end()


@pytest.fixture
def start_product(prepared_data: Path, tmp_path: Path) -> Iterator[Callable[..., Product]]:
    """Starts products of the test's own, each with the environment it is given."""
    with starting(prepared_data, tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def start_module_product(
    prepared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Product]]:
    """Starts products that all tests of a module use."""
    with starting(prepared_data, tmp_path_factory.mktemp("module")) as start:
        yield start


# One a module and not one for all: while Playwright runs, asyncio's tests could not.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    needs_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def problems() -> list[str]:
    """What the pages of this test complained about; it must be empty at the end."""
    return []


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Contexts:
    return Contexts(browser)


@pytest.fixture
def open_browser(
    contexts: Contexts, problems: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Opens contexts: fresh browsers as far as cookies, stored data and options are concerned."""
    taken: list[Reusable] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"{message.text} ({message.location.get('url', '')})")

    def watch(page: Page) -> None:
        page.on("console", hear)
        page.on("pageerror", lambda error: problems.append(str(error)))

    def new(session: str = "", product: Product | None = None, **options: Any) -> BrowserContext:
        reusable = contexts.take(**options)
        taken.append(reusable)
        context = reusable.context
        context.set_default_timeout(10_000)
        context.on("page", watch)
        if session and product:
            context.add_cookies([{"name": COOKIE, "value": session, "url": product.url}])
        return context

    yield new
    found = list(problems)
    for reusable in taken:
        reusable.context.remove_listener("page", watch)
        contexts.give_back(reusable)
    assert found == []


@pytest.fixture
def page(open_browser: Callable[..., BrowserContext]) -> Page:
    """A fresh browser's page; nobody is signed in."""
    return open_browser().new_page()


@pytest.fixture
def signed_in(open_browser: Callable[..., BrowserContext], site: Product) -> Page:
    """The administrator's browser, at the first page of `site`."""
    page = open_browser(site.session, site).new_page()
    page.goto(f"{site.url}/")
    return page


@pytest.fixture
def fresh_product(prepared_data: Path, tmp_path: Path) -> Iterator[Product]:
    """A product that has no administrator yet."""
    shutil.copytree(prepared_data, tmp_path / "data", symlinks=True)
    product = Product(tmp_path / "data").start()
    yield product
    product.end()

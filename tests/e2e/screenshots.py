"""Pictures of the product: `python -m tests.e2e.screenshots [FOLDER]`.

Without FOLDER only the picture of the README is taken anew. With it, every state of the page is
put there, in three widths, light and dark, to be looked at.
"""

import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import CHROMIUM
from tests.e2e.product import COOKIE, ROOT, Product
from tests.e2e.talking import LONG, ask, last_answer, say, text_field, wait_for_status

README_PICTURE = ROOT / "docs" / "screenshots" / "conversation.png"
COLOURS = 256  # a palette keeps the file below 200 kB
SIZES = ((375, 740), (768, 1000), (1280, 860))
SCHEMES = ("light", "dark")
QUESTIONS = ("Name a good book about rivers, fast", "What rhymes with orange? fast")


def empty(page: Page, site: str) -> None:
    page.goto(f"{site}/")
    expect(text_field(page)).to_be_visible()


def picker(page: Page, site: str) -> None:
    empty(page, site)
    page.locator("#picker-button").click()
    page.locator("#o-fold").click()


def drawer(page: Page, site: str) -> None:
    empty(page, site)
    if page.locator(".drawer-button").is_visible():
        page.locator(".drawer-button").click()


def settings(page: Page, site: str) -> None:
    drawer(page, site)
    page.locator(".account").click()


def failure(page: Page, site: str) -> None:
    empty(page, site)
    say(page, "error: rate limit")
    wait_for_status(page, "failed")


def stopped(page: Page, site: str) -> None:
    streaming(page, site)
    page.get_by_role("button", name="Stop the answer").click()
    wait_for_status(page, "stopped")


def broken_off(page: Page, site: str) -> None:
    empty(page, site)
    say(page, "cut off")
    wait_for_status(page, "failed")


def offline(page: Page, site: str) -> None:
    conversation(page, site)
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.locator("#connection")).to_contain_text("offline")


def lightbox(page: Page, site: str) -> None:
    conversation(page, site)
    last_answer(page).locator(".images a").first.click()
    expect(page.locator(".lightbox img")).to_be_visible()


def reasoning(page: Page, site: str) -> None:
    conversation(page, site)
    last_answer(page).locator(".reasoning summary").click()
    last_answer(page).locator(".reasoning").scroll_into_view_if_needed()


def missing(page: Page, site: str) -> None:
    page.goto(f"{site}/c/00000000-0000-0000-0000-000000000000/")


def password(page: Page, site: str) -> None:
    page.goto(f"{site}/accounts/password/change/")


def account(page: Page, site: str) -> None:
    page.goto(f"{site}/accounts/")


def streaming(page: Page, site: str) -> None:
    empty(page, site)
    say(page, "500 words")
    expect(last_answer(page).locator(".block").nth(2)).to_be_visible(timeout=LONG)


def conversation(page: Page, site: str) -> None:
    page.goto(f"{site}/")
    entry = page.locator(".item-link", has_text="Show me what you can do").first
    page.goto(f"{site}{entry.get_attribute('href')}")
    expect(last_answer(page).locator(".images img")).to_have_js_property("complete", True)


def beginning(page: Page, site: str) -> None:
    conversation(page, site)
    page.locator("#transcript").evaluate("scroller => scroller.scrollTop = -scroller.scrollHeight")


def deletion(page: Page, site: str) -> None:
    drawer(page, site)
    page.locator(".item").first.hover()
    page.locator(".item-menu").first.click()
    page.get_by_role("menuitem", name="Delete").click()


def sign_in(page: Page, site: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{site}/")


STATES: tuple[Callable[[Page, str], None], ...] = (
    empty,
    picker,
    drawer,
    settings,
    failure,
    broken_off,
    streaming,
    stopped,
    conversation,
    reasoning,
    lightbox,
    offline,
    missing,
    password,
    account,
    beginning,
    deletion,
    sign_in,
)


def open_page(browser: Browser, product: Product, size: tuple[int, int], scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": COOKIE, "value": product.session, "url": product.url}])
    return context.new_page()


def take_all(browser: Browser, product: Product, folder: Path) -> None:
    """Every state in every size and colour, as `<state>-<width>-<scheme>.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        for scheme in SCHEMES:
            for state in STATES:
                page = open_page(browser, product, size, scheme)
                state(page, product.url)
                page.wait_for_timeout(300)
                page.screenshot(path=folder / f"{state.__name__}-{size[0]}-{scheme}.png")
                page.context.close()


def take_readme_picture(browser: Browser, product: Product) -> None:
    """The same conversation twice in one picture: light on the left, dark on the right."""
    halves = []
    for scheme in SCHEMES:
        page = open_page(browser, product, SIZES[-1], scheme)
        conversation(page, product.url)
        page.locator(".answer pre").first.evaluate("code => code.scrollIntoView({block: 'center'})")
        page.wait_for_timeout(300)
        halves.append(Image.open(BytesIO(page.screenshot())).convert("RGB"))
        page.context.close()
    light, dark = halves
    middle = light.width // 2
    light.paste(dark.crop((middle, 0, dark.width, dark.height)), (middle, 0))
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    light.quantize(COLOURS).save(README_PICTURE, optimize=True)


def prepare(browser: Browser, product: Product) -> None:
    """Some conversations, so that the sidebar is not empty."""
    page = open_page(browser, product, SIZES[-1], "light")
    for question in (*QUESTIONS, "Show me what you can do"):
        page.goto(f"{product.url}/")
        ask(page, question)
    page.context.close()


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        product = Product(Path(data)).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            product.session = product.create_administrator()
            prepare(browser, product)
            take_readme_picture(browser, product)
            if arguments:
                take_all(browser, product, Path(arguments[0]))
        finally:
            browser.close()
            product.end()


if __name__ == "__main__":
    main(sys.argv[1:])

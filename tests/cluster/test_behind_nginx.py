"""What people do, in a real browser, through the shipped nginx configuration and TLS.

Every test runs twice: at the root of a host and under a path.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.cluster.installation import Installation
from tests.cluster.proxy import Nginx
from tests.e2e.conftest import browser as browser
from tests.e2e.contexts import WATCH_POLICY
from tests.e2e.product import COOKIE, NAME, PASSWORD
from tests.e2e.talking import LONG, ask, last_answer, say, wait_for_status, words
from tests.pictures import picture

pytestmark = pytest.mark.browser

EXPECTED = r"status of (4|502)|/ws/' failed"  # what tests provoke, and the browser tells of
PHOTO = picture("JPEG", (640, 480))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Nobody is signed in. What a page complains of fails the test."""
    problems: list[str] = []
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(10_000)
    context.add_init_script(WATCH_POLICY)
    context.on("weberror", lambda error: problems.append(str(error.error)))
    context.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    yield context
    context.close()
    assert [one for one in problems if not re.search(EXPECTED, one)] == []


@pytest.fixture
def page(context: BrowserContext, site: Installation) -> Page:
    """The administrator's first page."""
    cookie = {"name": COOKIE, "value": site.session, "url": f"{site.url}/"}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{site.url}/")
    return page


def test_a_person_signs_in_and_the_cookies_are_for_this_site_alone(
    context: BrowserContext, site: Installation
) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/")
    expect(page).to_have_url(re.compile(f"{site.base_path}/accounts/login/"))
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(f"{site.url}/")

    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    session = cookies["webchat_session"]
    assert {cookie["path"] for cookie in cookies.values()} == {f"{site.base_path}/"}
    assert session["secure"]
    assert session["httpOnly"]
    assert session["sameSite"] == "Lax"


def test_an_answer_grows_over_a_safe_socket_and_a_reload_joins_it(
    context: BrowserContext, site: Installation, page: Page
) -> None:
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    say(page, "400 words, 40 tokens per second")
    answer = last_answer(page)
    lengths: set[int] = set()
    while len(lengths) < 4:
        assert answer.get_attribute("data-status") == "streaming", "the text came at once"
        lengths.add(len(words(answer)))
    page.reload()

    expect(last_answer(page)).to_have_attribute("data-status", "streaming")
    before = len(words(last_answer(page)))
    page.wait_for_function(
        "before => document.querySelector('.message[data-role=assistant] .answer')"
        ".innerText.length > before + 20",
        arg=before,
        timeout=LONG,
    )
    page.get_by_role("button", name="Stop the answer").click()
    kept = words(wait_for_status(page, "stopped"))
    page.reload()

    assert words(last_answer(page)) == kept
    assert set(sockets) == {f"wss://localhost:{site.nginx and site.nginx.port}{site.base_path}/ws/"}


def test_a_picture_goes_up_and_comes_down(page: Page, tmp_path: Path) -> None:
    photo = {"name": "geese.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    page.locator("#attach input").set_input_files(photo)  # type: ignore[arg-type]
    expect(page.locator("#attachments li:not([aria-busy])")).to_be_visible()
    ask(page, "What is this, at once?")

    shown = page.locator(".message[data-role=user] .images img").last
    expect(shown).to_have_js_property("complete", True)
    expect(shown).to_have_js_property("naturalWidth", 640)
    page.locator(".message[data-role=user] .images [data-action=lightbox]").last.click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "geese.jpg"
    download.value.save_as(tmp_path / "geese.jpg")
    assert (tmp_path / "geese.jpg").read_bytes() == PHOTO


def test_the_administration_works(page: Page, site: Installation) -> None:
    page.goto(f"{site.url}/admin/webchat/user/")
    page.get_by_role("link", name=NAME, exact=True).first.click()
    expect(page.get_by_label("Username")).to_have_value(NAME)
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist .success, .notice").first).to_contain_text("was changed")
    loaded = page.evaluate(
        "[...document.styleSheets].filter(sheet => sheet.cssRules.length).length"
    )
    assert loaded == page.locator("link[rel=stylesheet]").count() > 0


def test_pages_around_the_account_and_of_errors_have_their_style(
    page: Page, site: Installation
) -> None:
    page.goto(f"{site.url}/accounts/password/change/")
    expect(page.get_by_role("heading", name="password")).to_be_visible()
    page.goto(f"{site.url}/nowhere/")
    expect(page.get_by_role("heading")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px"


@pytest.fixture
def strict(site: Installation, tmp_path: Path) -> Iterator[Nginx]:
    """Another nginx before the same process, which takes little and not often.

    Tests name it before `page`, so that it stops after the page is closed: a page that still loads
    something would log an error.
    """
    changes = {
        "client_max_body_size 165m;": "client_max_body_size 1k;",
        "client_max_body_size 2m;": "client_max_body_size 1k;",
        "burst=300 nodelay": "burst=20 nodelay",
        "rate=50r/s": "rate=1r/m",
    }
    nginx = Nginx(
        tmp_path, site.addresses[:1], site.data, base_path=site.base_path, changes=changes
    )
    nginx.start()
    yield nginx
    nginx.stop()


def test_what_is_too_large_is_said_in_words(strict: Nginx, page: Page, site: Installation) -> None:
    page.goto(f"{strict.origin}{site.base_path}/")
    page.locator("#attach input").set_input_files(
        {"name": "geese.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}  # type: ignore[arg-type]
    )
    expect(page.get_by_role("alert")).to_contain_text("larger than the server takes")

    page.evaluate(
        """path => {
          const form = Object.assign(document.createElement("form"), {method: "post", action: path});
          form.append(Object.assign(document.createElement("input"), {name: "x", value: "x".repeat(9000)}));
          document.body.append(form);
          form.submit();
        }""",
        f"{site.base_path}/preferences/",
    )
    expect(page.get_by_role("heading", name="Too large", exact=True)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.plain')).display") != "block"


def test_who_asks_too_often_is_told_to_wait(strict: Nginx, page: Page, site: Installation) -> None:
    address = f"{strict.origin}{site.base_path}/healthz"
    statuses = []
    for _ in range(25):
        answer = page.goto(address)
        assert answer is not None
        statuses.append(answer.status)
    assert statuses.index(429) > 5  # the browser also asks for the icon of each

    refused = page.goto(f"{strict.origin}{site.base_path}/")

    assert refused is not None
    assert refused.status == 429
    assert refused.headers["retry-after"] == "10"
    expect(page.get_by_role("heading", name="Too many requests")).to_be_visible()
    expect(page.get_by_text("Wait a minute")).to_be_visible()


def test_a_process_that_is_away_is_said_in_words(page: Page, site: Installation) -> None:
    site.processes[0].end()
    try:
        answer = page.goto(f"{site.url}/")
        assert answer is not None
        assert answer.status == 502
        expect(page.get_by_role("heading", name="Not there for a moment")).to_be_visible()
    finally:
        site.start()
    page.reload()
    expect(page.get_by_label("Message", exact=True)).to_be_visible()

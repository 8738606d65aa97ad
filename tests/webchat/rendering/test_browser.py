"""The law and the hostile texts with the real JavaScript in Chromium, under the product's policy."""

import os
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from tests.webchat.rendering.corpus import SOURCES, TEXTS
from tests.webchat.rendering.followers import cut, texts
from webchat.rendering.markdown import render, render_blocks
from webchat.rendering.stream import StreamRenderer

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
HERE = Path(__file__).parent
BLOCKS_JS = Path(__file__).parents[3] / "static" / "js" / "blocks.js"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
    " require-trusted-types-for 'script'; trusted-types webchat"
)
PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>'
    '<script type="module" src="/harness.js"></script></head><body><div id="around">'
    '{}<form id="composer"></form></div></body></html>'
)
TEXTS_A_PAGE = 12


def page_of(numbers):
    """A page with an answer for each of these texts, or with an empty one."""
    answers = [render(TEXTS[number], SOURCES, f"k{number}") for number in numbers] or [""]
    return PAGE.format("".join(f"<main>{answer}</main>" for answer in answers))


def numbers_in(name):
    return [int(number) for number in name.split(",") if number]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.removeprefix("/")
        if name in ("blocks.js", "harness.js"):
            file = BLOCKS_JS if name == "blocks.js" else HERE / name
            self.answer("text/javascript", file.read_text())
        else:
            self.answer("text/html; charset=utf-8", page_of(numbers_in(name)))

    def answer(self, kind, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium at /usr/bin/chromium")
        pytest.skip("there is no Chromium at /usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(browser, address):
    page = browser.new_page()
    page.requests = []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page


def batched(numbers, size):
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


def wire(patch):
    return {"blocks": patch.blocks, "count": patch.count}


def patches(text, cuts, sources=(), skip=1):
    renderer = StreamRenderer("k")
    renderer.set_sources(sources)
    step, found = 0, []
    for turn, piece in enumerate(cut(text, cuts)):
        renderer.append(piece)
        renderer.render()
        if turn % skip == 0:
            found.append(wire(renderer.patch_since(step)))
            step = renderer.step
    renderer.finish()
    return [*found, wire(renderer.patch_since(step))]


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts, st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 4))
def test_patches_give_the_whole_text_in_the_browser(page, text, cuts, skip):
    result = page.evaluate("patches => follow(patches)", patches(text, cuts, skip=skip))
    assert result["html"] == render_blocks(text, key="k")
    assert result["same"]
    assert result["found"] == []


def test_hostile_texts_do_nothing_while_they_grow(page):
    page.requests.clear()
    for text in TEXTS:
        result = page.evaluate("patches => follow(patches)", patches(text, [5], SOURCES))
        assert (text, result["found"]) == (text, [])
        assert result["html"] == render_blocks(text, SOURCES, key="k")
    assert page.requests == []


def test_hostile_texts_do_nothing_after_a_reload(page, address):
    for numbers in batched(range(len(TEXTS)), TEXTS_A_PAGE):
        page.requests.clear()
        name = ",".join(map(str, numbers))
        page.goto(f"{address}{name}")
        page.wait_for_selector("html[data-ready]")
        found = page.evaluate("inspectAll()")
        assert dict(zip(numbers, found, strict=True)) == {number: [] for number in numbers}
        own = {f"{address}{each}" for each in (name, "harness.js", "blocks.js", "favicon.ico")}
        assert set(page.requests) <= own
    page.goto(address)
    page.wait_for_selector("html[data-ready]")


@pytest.mark.parametrize(
    ("html", "fault"),
    [("<img src=x onerror=ran()>", "element"), ("</main><p>x</p><main>", "escaped")],
)
def test_the_watch_sees_which_text_of_a_page_does_something(page, address, html, fault):
    mains = f"<main></main><main>{html}</main>"
    page.route(f"{address}hostile", partial(answer_with, PAGE.format(mains)))
    page.goto(f"{address}hostile")
    page.wait_for_selector("html[data-ready]")
    first, second, *_ = page.evaluate("inspectAll()")
    assert any(fault in entry for entry in first + second)
    page.unroute(f"{address}hostile")
    page.goto(address)
    page.wait_for_selector("html[data-ready]")


def answer_with(body, route):
    headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
    route.fulfill(body=body, headers=headers)


def test_the_watch_sees_a_script_that_was_let_through(page):
    bad = {"blocks": [[0, 0, "<p><img src=x onerror=ran()></p>"]], "count": 1}
    found = page.evaluate("patch => follow([patch]).found", bad)
    assert any("element" in entry for entry in found)
    page.reload()
    page.wait_for_selector("html[data-ready]")


def test_sealed_blocks_and_growing_code_keep_their_nodes(page):
    lines = ["Intro.\n\n", "More\n\n", "```python\n", "x = 1\n", 'y = "<&>"\n', "z\n"]
    renderer, step, found = StreamRenderer("k"), 0, []
    for line in lines:
        renderer.append(line)
        renderer.render()
        found.append(wire(renderer.patch_since(step)))
        step = renderer.step
    kept = page.evaluate("patches => keeps(patches)", found)
    assert kept[-1] == [True, True, True]
    assert page.evaluate("document.querySelector('code').childNodes.length") == 1
    assert page.evaluate("document.querySelector('code').textContent") == 'x = 1\ny = "<&>"\nz\n'

"""Talking on the page, with scripts and a socket."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket, WebSocketRoute, expect

from tests.e2e.product import NAME, PASSWORD, Product, Visitor
from tests.e2e.talking import LONG, ask, last_answer, say, text_field, wait_for_status, words

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
QUIET = 31_000  # milliseconds of silence, after which a page asks whether anybody is there


def test_an_answer_grows_in_steps_and_is_the_same_after_a_reload(signed_in: Page) -> None:
    say(signed_in, "200 words, please")
    answer = last_answer(signed_in)
    lengths: set[int] = set()
    while answer.get_attribute("data-status") == "streaming" and len(lengths) < 5:
        lengths.add(len(words(answer)))
    assert len(lengths) >= 4, "the text came at once"

    answer = wait_for_status(signed_in, "complete")
    expect(signed_in).to_have_url(re.compile("/c/[0-9a-f-]{36}/$"))
    before = words(answer)
    signed_in.reload()

    assert words(last_answer(signed_in)) == before
    expect(signed_in.locator(".bubble")).to_have_text("200 words, please")


def test_everything_an_answer_can_hold_is_shown(signed_in: Page) -> None:
    answer = ask(signed_in, "Show me what you can do, fast")

    expect(answer.locator(".reasoning summary")).to_contain_text("Thought for")
    expect(answer.locator(".reasoning .thoughts")).to_be_hidden()
    answer.locator(".reasoning summary").click()
    expect(answer.locator(".reasoning .thoughts")).to_be_visible()
    expect(answer.locator("math").first).to_be_visible()
    expect(answer.locator("pre .copy-code").first).to_be_attached()
    assert answer.locator(".sources li").count() >= 2
    expect(answer.locator(".images img")).to_have_js_property("complete", True)
    expect(answer.locator(".meta")).to_contain_text("Demo")


def test_a_picture_opens_large_and_can_be_saved(signed_in: Page) -> None:
    answer = ask(signed_in, "draw a picture, fast")
    answer.locator(".images a[data-action=lightbox]").click()

    lightbox = signed_in.get_by_role("dialog", name="Picture")
    expect(lightbox.locator("img")).to_be_visible()
    with signed_in.expect_download() as download:
        lightbox.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".png")
    signed_in.keyboard.press("Escape")
    expect(lightbox).to_be_hidden()


def test_stop_keeps_what_came_so_far(signed_in: Page) -> None:
    say(signed_in, "500 words, slowly")
    expect(last_answer(signed_in).locator(".block").first).to_be_visible(timeout=LONG)
    signed_in.get_by_role("button", name="Stop the answer").click()

    answer = wait_for_status(signed_in, "stopped")
    kept = words(answer)
    assert kept
    signed_in.reload()
    assert words(last_answer(signed_in)) == kept
    expect(last_answer(signed_in)).to_contain_text("Stopped")


def test_escape_stops_the_answer(signed_in: Page) -> None:
    say(signed_in, "500 words, slowly")
    expect(last_answer(signed_in).locator(".block").first).to_be_visible(timeout=LONG)
    text_field(signed_in).press("Escape")

    wait_for_status(signed_in, "stopped")


def test_answering_again_puts_a_new_answer_in_the_place_of_the_old(signed_in: Page) -> None:
    answer = ask(signed_in, "hello there, fast")
    former = answer.get_attribute("id")
    answer.hover()
    answer.get_by_role("button", name="Answer again").click()

    expect(signed_in.locator(f"#{former}")).to_have_count(0)
    wait_for_status(signed_in, "complete")
    assert signed_in.locator(".message").count() == 2
    signed_in.reload()
    assert signed_in.locator(".message").count() == 2
    assert last_answer(signed_in).get_attribute("id") != former


def test_a_failure_is_said_and_another_model_can_be_asked(signed_in: Page) -> None:
    say(signed_in, "error: timeout")
    answer = wait_for_status(signed_in, "failed")
    expect(answer.locator(".failure p").first).not_to_be_empty()
    expect(answer.get_by_role("button", name="Try again")).to_be_visible()
    answer.locator(".failure").get_by_role("link", name="Ask another provider").click()
    signed_in.get_by_role("combobox", name="Search models").fill("reasoning")
    signed_in.keyboard.press("Enter")

    wait_for_status(signed_in, "failed")
    expect(last_answer(signed_in).locator(".meta")).to_contain_text("demo-reasoning")


def test_a_reload_in_the_middle_goes_on_where_the_answer_is(signed_in: Page) -> None:
    say(signed_in, "300 words")
    expect(last_answer(signed_in).locator(".block").first).to_be_visible(timeout=LONG)
    expect(signed_in).to_have_url(re.compile("/c/"))
    signed_in.reload()
    expect(last_answer(signed_in)).to_have_attribute("data-status", "streaming")

    shown = words(wait_for_status(signed_in, "complete"))
    signed_in.reload()
    assert words(last_answer(signed_in)) == shown


def test_a_second_page_sees_the_same_answer_grow(signed_in: Page) -> None:
    ask(signed_in, "hello, fast")
    other = signed_in.context.new_page()
    other.goto(signed_in.url)
    expect(other.locator("body")).to_have_attribute("data-state", "open")
    say(signed_in, "100 words")

    for either in (signed_in, other):
        expect(either.locator(".message[data-run]")).to_have_count(1, timeout=LONG)
    shown = words(wait_for_status(signed_in, "complete"))
    assert words(wait_for_status(other, "complete")) == shown


def test_a_draft_survives_a_reload_and_ends_with_its_message(signed_in: Page) -> None:
    text_field(signed_in).fill("half a thou")
    signed_in.reload()
    expect(text_field(signed_in)).to_have_value("half a thou")
    ask(signed_in, "hello, fast")
    signed_in.goto(signed_in.url.split("/c/")[0] + "/")
    expect(text_field(signed_in)).to_have_value("")


def test_shift_and_enter_begin_a_new_line(signed_in: Page) -> None:
    text_field(signed_in).type("one")
    signed_in.keyboard.press("Shift+Enter")
    text_field(signed_in).type("two")

    expect(text_field(signed_in)).to_have_value("one\ntwo")
    expect(signed_in.locator(".message")).to_have_count(0)


def test_reading_earlier_lines_is_not_disturbed_by_a_growing_answer(signed_in: Page) -> None:
    ask(signed_in, "400 words, fast")
    say(signed_in, "400 words")
    growing = signed_in.locator(".message[data-run] .block")
    expect(growing.first).to_be_visible(timeout=LONG)
    signed_in.evaluate("document.querySelector('#transcript').scrollTop -= 600")
    place = "document.querySelector('.message').getBoundingClientRect().top"
    signed_in.wait_for_timeout(100)
    before = signed_in.evaluate(place)
    length = len(words(last_answer(signed_in)))
    signed_in.wait_for_function(
        "n => [...document.querySelectorAll('.answer')].pop().innerText.length > n",
        arg=length + 200,
    )

    assert abs(signed_in.evaluate(place) - before) < 3
    signed_in.get_by_role("button", name="Jump to the latest").click()
    expect(signed_in.get_by_role("button", name="Jump to the latest")).to_be_hidden()


SEED = """
from tests.factories import make_conversation, make_message
from webchat.models import User
conversation = make_conversation(User.objects.get(), "A long one")
for number in range(120):
    make_message(conversation, f"This is number {number}. " * 20, "assistant" if number % 2 else "user")
print(conversation.pk)
"""


def test_earlier_messages_come_on_scrolling_up_and_move_nothing(
    signed_in: Page, site: Product
) -> None:
    conversation = site.manage("shell", "-v", "0", "-c", SEED).strip()
    signed_in.goto(f"{site.url}/c/{conversation}/")
    messages = signed_in.locator(".message")
    expect(messages).to_have_count(50)
    expect(messages.last).to_be_in_viewport()
    first = messages.first
    first.evaluate("message => { message.dataset.mark = 'read' }")
    first.scroll_into_view_if_needed()
    expect(messages).to_have_count(100)
    expect(signed_in.locator("[data-mark=read]")).to_be_in_viewport()
    messages.first.scroll_into_view_if_needed()
    expect(messages).to_have_count(120)
    expect(signed_in.locator(".older")).to_have_count(0)


def test_pictures_go_out_with_the_message(signed_in: Page) -> None:
    answer = ask(signed_in, "draw a picture, fast")
    with signed_in.expect_download() as download:
        answer.locator(".image-download").evaluate("link => link.click()")
    signed_in.locator("input[type=file]").set_input_files(
        {
            "name": "mine.png",
            "mimeType": "image/png",
            "buffer": download.value.path().read_bytes(),
        }
    )
    expect(signed_in.locator("#attachments li")).to_have_count(1)
    expect(signed_in.locator("#attachments [aria-busy]")).to_have_count(0)
    ask(signed_in, "what is this? fast")

    question = signed_in.locator(".message[data-role=user]").last
    expect(question.locator(".images img")).to_have_attribute("alt", "mine.png")


def test_a_cut_connection_is_made_again_and_nothing_is_lost(
    open_browser: Callable[..., BrowserContext], site: Product
) -> None:
    page = open_browser(site.session, site).new_page()
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/ws/", pass_on)
    page.goto(f"{site.url}/")
    say(page, "200 words")
    expect(last_answer(page).locator(".block").first).to_be_visible(timeout=LONG)
    sockets[0].close(code=4012)
    wait_for_status(page, "complete")
    sockets[-1].close(code=4012)
    say(page, "and this meanwhile, fast")
    expect(page.locator(".message")).to_have_count(4, timeout=LONG)
    shown = words(wait_for_status(page, "complete"))

    assert len(sockets) == 3
    expect(page.locator("#connection")).to_be_empty()
    page.reload()
    assert words(last_answer(page)) == shown


def test_a_clock_that_is_set_does_not_keep_a_page_from_finding_out_about_its_connection(
    open_browser: Callable[..., BrowserContext], site: Product
) -> None:
    context = open_browser(site.session, site, base_url=site.url)  # the clock stays set in it
    page = context.new_page()
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    page.clock.install()
    page.goto(f"{site.url}/")
    expect(page.locator("body")).to_have_attribute("data-state", "open")
    now = datetime.fromtimestamp(page.evaluate("Date.now()") / 1000, UTC)
    page.clock.set_system_time(now - HOUR)
    page.clock.run_for(10_000)  # the page looks at its clock, and sees that it was set
    with sockets[0].expect_event("framereceived", lambda frame: '"pong"' in str(frame)):
        page.clock.run_for(QUIET)  # it asks whether anybody is there

    page.clock.set_system_time(now + HOUR)
    with page.expect_websocket():
        page.clock.run_for(10_000)
    ask(page, "hello, fast")


def test_who_is_signed_out_elsewhere_reads_it_and_keeps_the_words(
    open_browser: Callable[..., BrowserContext], site: Product
) -> None:
    visitor = Visitor(site.url)  # with a session of its own, which ends
    visitor.send(f"{site.url}/accounts/login/", login=NAME, password=PASSWORD)
    page = open_browser(visitor.session, site).new_page()
    page.goto(f"{site.url}/")
    text_field(page).fill("not sent yet")
    other = page.context.new_page()
    other.goto(f"{site.url}/")
    other.locator(".account").click()
    other.get_by_role("button", name="Sign out").click()

    expect(page.locator("#connection")).to_contain_text("You are signed out.", timeout=LONG)
    expect(page.get_by_role("link", name="Sign in again")).to_be_visible()
    expect(text_field(page)).to_have_value("not sent yet")


def test_being_offline_is_said(signed_in: Page, problems: list[str]) -> None:
    ask(signed_in, "hello, fast")
    signed_in.context.set_offline(True)
    signed_in.evaluate("dispatchEvent(new Event('offline'))")
    expect(signed_in.locator("#connection")).to_contain_text("offline")
    signed_in.context.set_offline(False)
    expect(signed_in.locator("#connection")).to_be_empty()
    problems.clear()


def test_each_answer_is_announced_once(signed_in: Page) -> None:
    signed_in.evaluate(
        """() => {
            window.spoken = [];
            const region = document.querySelector("#announcer");
            new MutationObserver(() => window.spoken.push(region.textContent))
                .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    ask(signed_in, "hello there, fast")

    spoken = [text for text in signed_in.evaluate("window.spoken") if text]
    assert len(spoken) == 1
    assert spoken[0].startswith("Demo answered:")


def test_the_keyboard_is_enough(signed_in: Page) -> None:
    signed_in.keyboard.press("Control+.")
    expect(signed_in.get_by_role("combobox", name="Search models")).to_be_focused()
    signed_in.keyboard.type("image")
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator("#picker-label")).to_contain_text("demo-image")
    expect(text_field(signed_in)).to_be_focused()
    signed_in.keyboard.type("a lake at night, fast")
    signed_in.keyboard.press("Enter")
    wait_for_status(signed_in, "complete")
    signed_in.keyboard.press("Control+Shift+O")
    expect(signed_in.locator("#welcome")).to_be_visible()
    signed_in.keyboard.press("Control+/")
    expect(signed_in.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_the_theme_is_kept(signed_in: Page) -> None:
    signed_in.locator(".account").click()
    with signed_in.expect_response("**/preferences/"):
        signed_in.get_by_role("button", name="Dark").click()
    expect(signed_in.locator("html")).to_have_attribute("data-theme", "dark")
    signed_in.reload()

    expect(signed_in.locator("html")).to_have_attribute("data-theme", "dark")
    assert signed_in.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_a_phone_has_the_conversations_in_a_drawer(
    open_browser: Callable[..., BrowserContext], site: Product
) -> None:
    viewport = {"width": 375, "height": 700}
    page = open_browser(site.session, site, viewport=viewport, has_touch=True).new_page()
    page.goto(f"{site.url}/")
    expect(page.locator("#sidebar")).to_be_hidden()
    page.get_by_role("button", name="Open the conversations").click()
    expect(page.locator("#sidebar")).to_be_visible()
    page.get_by_role("button", name="Close the conversations").click()
    expect(page.locator("#sidebar")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


WIDE = r"""
from tests.factories import make_conversation, make_message
from webchat.models import User
conversation = make_conversation(User.objects.get(), "Words that go on and on " * 4)
make_message(conversation, "w" * 300)
table = "| " + " | ".join(f"column {i}" for i in range(20)) + " |\n|" + "---|" * 20
code = "```python\n" + "value + " * 60 + "1\n```"
formula = "$$" + "+".join(f"x^{{{i}}}" for i in range(60)) + "$$"
texts = ("word" * 80, table, code, formula, "https://example.org/" + "a" * 300)
make_message(conversation, "\n\n".join(texts), "assistant")
print(conversation.pk)
"""


@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_is_wider_than_a_phone(
    open_browser: Callable[..., BrowserContext], site: Product, scripts: bool
) -> None:
    conversation = site.manage("shell", "-v", "0", "-c", WIDE).strip()
    viewport = {"width": 375, "height": 700}
    options = {"viewport": viewport, "java_script_enabled": scripts}
    page = open_browser(site.session, site, **options).new_page()
    page.goto(f"{site.url}/c/{conversation}/")
    for place in (".stage", ".topbar", ".message .answer", ".bubble", ".composer-box", "#send"):
        box = page.locator(place).first.bounding_box()
        assert box, place
        assert box["x"] >= 0, place
        assert box["x"] + box["width"] <= 375, place


def test_everything_works_below_a_path(
    open_browser: Callable[..., BrowserContext], start_product: Callable[..., Product]
) -> None:
    product = start_product(BASE_PATH="/chat")
    page = open_browser(product.session, product).new_page()
    page.goto(f"{product.url}/")
    answer = ask(page, "draw a picture, fast")
    expect(page).to_have_url(re.compile("/chat/c/[0-9a-f-]{36}/$"))
    expect(answer.locator(".images img")).to_have_js_property("complete", True)
    page.locator(".item:has([aria-current=page]) .item-menu").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(f"{product.url}/")

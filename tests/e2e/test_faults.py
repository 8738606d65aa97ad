"""Upstreams that break, in a real browser: what a person reads, and how they go on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.emulated import Emulated, Upstreams, choose, shown
from tests.e2e.talking import LONG, ask, last_answer, say, text_field, wait_for_status, words

pytestmark = pytest.mark.browser

IDLE_SECONDS = 3

ROBOTS = "refuses automatic clients at the moment"
BUSY = "has had too many requests"
CUT = "broke the connection off"
UNREADABLE = "answered something that cannot be read"
UNREACHABLE = "cannot be reached at the moment"
SILENT = "did not answer in time"

# provider, label, model, and what each fault of the upstream is called on the page
Faults = dict[str, str]
CASES: list[tuple[str, str, str, Faults]] = [
    (
        "PerplexityLabs",
        "Perplexity Labs",
        "sonar",
        {
            "cloudflare": ROBOTS,
            "429": BUSY,
            "cut": CUT,
            "nonsense": UNREADABLE,
            "failed": "could not finish the answer",
        },
    ),
    (
        "Koala",
        "Koala",
        "gpt-4o-mini",
        {
            "cloudflare": ROBOTS,
            "429": BUSY,
            "402": "used up for now",
            "cut": CUT,
            "not-json": UNREADABLE,
            "garbage": UNREADABLE,
            "silent": "empty answer",
        },
    ),
    (
        "Vitalentum",
        "Vitalentum",
        "gpt-3.5-turbo",
        {"cloudflare": ROBOTS, "429": BUSY, "cut": CUT, "no-choices": UNREADABLE},
    ),
    (
        "Pizzagpt",
        "Pizzagpt",
        "gpt-4o-mini",
        {
            "cloudflare": ROBOTS,
            "429": BUSY,
            "half": CUT,
            "list": UNREADABLE,
            "misuse": "noticed that this is another program",
        },
    ),
    (
        "Websim",
        "Websim",
        "gemini-1.5-pro",
        {"cloudflare": ROBOTS, "429-long": BUSY, "half": CUT, "null": "no answer that can be read"},
    ),
    (
        "Websim",
        "Websim",
        "flux",
        {"cloudflare": ROBOTS, "429-long": BUSY, "half": CUT, "no-url": "drew no picture"},
    ),
    (
        "OpenAICompatible",
        "OpenAI-compatible",
        "emulator",
        {
            "cloudflare": ROBOTS,
            "401": "refused the key",
            "429": BUSY,
            "quota": "no credit left",
            "context": "too long for this model",
            "cut": CUT,
            "not-json": UNREADABLE,
            "html": "Check that it ends with /v1",
        },
    ),
]
PROVIDERS = [
    case[:3] for case in CASES if case[2] != "flux"
]  # one of Websim's two models is enough
CANNOT_HELP = ("401", "quota", "context", "misuse")  # asking the same again


@pytest.fixture(scope="module")
def emulated(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    folder = tmp_path_factory.mktemp("faults")
    limits = {"RUN_IDLE": str(IDLE_SECONDS), "RUNS_PER_USER": "20"}
    with Emulated.running(prepared_data, folder, **limits) as running:
        yield running


@pytest.fixture
def upstreams(emulated: Emulated) -> Iterator[Upstreams]:
    """The emulators, each well again after the test."""
    yield emulated.upstreams
    for name in emulated.upstreams.ports:
        emulated.upstreams.let(name)
        emulated.upstreams[name].fault = ""


@pytest.fixture
def new_page(open_browser: Callable[..., BrowserContext], emulated: Emulated) -> Callable[[], Page]:
    """Opens pages of the administrator, each at a new chat."""
    context = open_browser(emulated.product.session, emulated.product)

    def new() -> Page:
        page = context.new_page()
        page.goto(f"{emulated.product.url}/")
        return page

    return new


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()


def failed(page: Page, number: int = 1) -> Locator:
    """The last of `number` answers, once it has failed."""
    answers = page.locator(".message[data-role=assistant]")
    expect(answers).to_have_count(number, timeout=LONG)
    return wait_for_status(page, "failed")


@pytest.mark.parametrize(("provider", "label", "model", "faults"), CASES)
def test_every_fault_is_a_sentence_and_a_way_on(
    page: Page, upstreams: Upstreams, provider: str, label: str, model: str, faults: Faults
) -> None:
    choose(page, label, model)
    for number, (fault, sentence) in enumerate(faults.items(), 1):
        upstreams[provider].fault = fault
        say(page, f"question {number}")
        failure = failed(page, number).locator(".failure")
        expect(failure, f"of {fault}").to_contain_text(sentence)
        again = failure.get_by_role("button", name="Try again")
        expect(again, f"of {fault}").to_have_count(0 if fault in CANNOT_HELP else 1)
        expect(failure.get_by_role("link", name="Ask another provider")).to_be_visible()
    upstreams[provider].fault = ""
    go_down_and_come_back(page, upstreams, provider, len(faults) + 1)


def go_down_and_come_back(page: Page, upstreams: Upstreams, provider: str, number: int) -> None:
    upstreams.refuse(provider)
    say(page, "and now?")
    failure = failed(page, number).locator(".failure")
    expect(failure).to_contain_text(UNREACHABLE)
    upstreams.accept(provider)
    failure.get_by_role("button", name="Try again").click()

    done = shown(wait_for_status(page, "complete"))
    assert done["words"] or done["images"]
    page.reload()
    assert page.locator(".message").count() == 2 * number
    assert words(last_answer(page)) == " ".join(done["words"].split())


def test_another_provider_answers_the_same_question(page: Page, upstreams: Upstreams) -> None:
    upstreams["Koala"].fault = "500"
    choose(page, "Koala", "gpt-4o-mini")
    say(page, "who answers this?")
    failed(page).locator(".failure").get_by_role("link", name="Ask another provider").click()
    page.get_by_role("combobox", name="Search models").fill("vitalentum")
    page.keyboard.press("Enter")

    answer = wait_for_status(page, "complete")
    expect(answer).to_contain_text("who answers this?")
    expect(answer.locator(".meta")).to_contain_text("Vitalentum")
    expect(page.locator(".message")).to_have_count(2)


def test_what_came_before_an_answer_broke_off_is_kept(page: Page, upstreams: Upstreams) -> None:
    upstreams["Vitalentum"].fault = "cut"
    choose(page, "Vitalentum", "gpt-3.5-turbo")
    say(page, "one two three four")

    kept = shown(failed(page))
    assert "You asked Vitalentum" in kept["words"]
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-state", "open")
    assert shown(last_answer(page)) == kept
    expect(last_answer(page).locator(".failure")).to_contain_text(CUT)


def test_silence_of_any_upstream_is_given_up(
    page: Page, emulated: Emulated, upstreams: Upstreams
) -> None:
    """All at once, because each takes as long as the product is patient."""
    asked: dict[str, str] = {}
    for provider, label, model in PROVIDERS:
        upstreams[provider].fault = "stall"
        page.goto(f"{emulated.product.url}/")
        choose(page, label, model)
        say(page, "are you asleep?")
        page.wait_for_url("**/c/*/")
        asked[provider] = page.url
    for provider, url in asked.items():
        page.goto(url)
        expect(failed(page).locator(".failure"), provider).to_contain_text(SILENT)
        upstreams.wait_until_left(provider)


def test_silence_in_the_middle_keeps_what_came(page: Page, upstreams: Upstreams) -> None:
    upstreams["Koala"].fault = "stall-middle"
    choose(page, "Koala", "gpt-4o-mini")
    say(page, "are you asleep?")

    answer = failed(page)
    expect(answer.locator(".failure")).to_contain_text(SILENT)
    expect(answer.locator(".answer")).to_contain_text("You asked Koala")
    upstreams.wait_until_left("Koala")


PINGS = """async address => {
  const socket = new WebSocket(address);
  const heard = async () => JSON.parse((await new Promise(done => {
    socket.onmessage = done;
  })).data).type;
  while (await heard() !== "hello") ;
  window.pings = [];
  window.pinging = (async () => {
    while (!window.enough) {
      const begun = performance.now();
      socket.send('{"type": "ping"}');
      while (await heard() !== "pong") ;
      window.pings.push(performance.now() - begun);
    }
    socket.close();
  })();
}"""


@pytest.mark.parametrize(
    ("provider", "label", "fault", "status", "sentence"),
    [
        ("Koala", "Koala", "endless", "complete", "ends here because it became too long"),
        ("Pizzagpt", "Pizzagpt", "huge", "failed", "sent far more than an answer can be"),
    ],
)
def test_a_flood_ends_and_nobody_else_notices(
    new_page: Callable[[], Page],
    emulated: Emulated,
    upstreams: Upstreams,
    provider: str,
    label: str,
    fault: str,
    status: str,
    sentence: str,
) -> None:
    upstreams[provider].fault = fault
    other, page = new_page(), new_page()
    choose(page, label, "gpt-4o-mini")
    other.evaluate(PINGS, emulated.product.url.replace("http", "ws") + "/ws/")
    say(page, "tell me everything")
    answer = wait_for_status(page, status)
    pings = other.evaluate("async () => { enough = true; await pinging; return pings; }")

    assert max(pings) < 2000
    expect(answer.locator("footer")).to_contain_text(sentence)
    upstreams.wait_until_left(provider)
    other.close()
    ask_demo(page)


def ask_demo(page: Page) -> None:
    """The page is well: the conversation goes on."""
    choose(page, "Demo", "demo")
    expect(ask(page, "and now a list, fast")).to_contain_text("and now a list")


def test_a_message_that_is_too_long_comes_back_with_the_reason(page: Page) -> None:
    choose(page, "Demo", "demo")
    text_field(page).evaluate(
        "field => { field.value = 'x'.repeat(250_000); field.dispatchEvent(new Event('input')) }"
    )
    text_field(page).press("Enter")

    expect(page.locator(".dock .notice")).to_contain_text("longer than 200000 characters")
    assert len(text_field(page).input_value()) == 250_000
    expect(page.locator(".message")).to_have_count(0)


def test_a_message_of_a_megabyte_comes_back_and_the_page_lives_on(page: Page) -> None:
    choose(page, "Demo", "demo")
    text_field(page).evaluate(
        "field => { field.value = 'x'.repeat(1_100_000); field.dispatchEvent(new Event('input')) }"
    )
    text_field(page).press("Enter")

    expect(page.locator(".dock .notice")).to_contain_text("too long to be sent")
    assert len(text_field(page).input_value()) == 1_100_000
    ask_demo(page)


TOO_BIG = """async address => {
  const socket = new WebSocket(address);
  await new Promise(done => { socket.onmessage = done; });
  socket.send(JSON.stringify({ type: "ping", more: "x".repeat(1_100_000) }));
  return (await new Promise(done => { socket.onclose = done; })).code;
}"""


def test_a_frame_that_is_too_big_ends_only_its_own_socket(page: Page, emulated: Emulated) -> None:
    other = page.context.new_page()
    other.goto(f"{emulated.product.url}/")
    address = emulated.product.url.replace("http", "ws") + "/ws/"
    assert other.evaluate(TOO_BIG, address) in (1006, 1009)
    other.close()
    expect(page.locator("body")).to_have_attribute("data-state", "open")
    ask_demo(page)


def test_an_empty_message_is_not_sent(page: Page) -> None:
    text_field(page).fill("  \n ")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    text_field(page).press("Enter")
    expect(page.locator(".message")).to_have_count(0)


def test_a_model_that_is_gone_is_said_and_the_words_stay(page: Page) -> None:
    page.evaluate("document.querySelector('#choice').selectedOptions[0].value = '1:no-such-model'")
    say(page, "hello?")

    expect(page.locator(".dock .notice")).to_contain_text("This model is not offered here")
    expect(text_field(page)).to_have_value("hello?")


def test_the_log_tells_what_happened_and_not_what_was_said(
    page: Page, upstreams: Upstreams, emulated: Emulated
) -> None:
    upstreams["OpenAICompatible"].fault = "context"
    choose(page, "OpenAI-compatible", "emulator")
    say(page, "a question about wild geese")
    failed(page)

    emulated.product.wait_for("context_too_long: status 400, application/json")
    for secret in ("wild geese", "sk-e2e", "SECRET-QUESTION"):
        assert secret not in emulated.product.output

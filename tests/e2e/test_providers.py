"""Every provider in a real browser: chosen, asked, watched, reloaded, stopped."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.emulated import Emulated, Upstreams, choose, fragments_before, shown
from tests.e2e.product import PASSWORD
from tests.e2e.talking import ask, last_answer, say, wait_for_status, words
from tests.emulators.answers import answer_to
from tests.emulators.perplexity_answers import THOUGHTS, full_text

pytestmark = pytest.mark.browser

QUESTION = "one two three four five six seven eight nine ten eleven twelve"


@dataclass(frozen=True)
class Case:
    """A model that answers in steps, and the whole of what its emulator says to QUESTION."""

    provider: str
    label: str
    model: str
    text: str

    def __str__(self) -> str:
        return f"{self.provider}-{self.model}"


OPENAI = ("OpenAICompatible", "OpenAI-compatible")
STREAMING = [
    Case("PerplexityLabs", "Perplexity Labs", "sonar", full_text("sonar", QUESTION)),
    Case("PerplexityLabs", "Perplexity Labs", "r1-1776", full_text("r1-1776", QUESTION)),
    Case("Koala", "Koala", "gpt-4o-mini", answer_to(QUESTION, "Koala")),
    Case("Vitalentum", "Vitalentum", "gpt-3.5-turbo", answer_to(QUESTION, "Vitalentum")),
    Case(*OPENAI, "emulator", answer_to(QUESTION, "emulator")),
]
WHOLE = [
    ("Pizzagpt", "Pizzagpt", "gpt-4o-mini"),
    ("Websim", "Websim", "gemini-1.5-pro"),
    ("Websim", "Websim", "flux"),
]


@pytest.fixture(scope="module")
def emulated(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    with Emulated.running(prepared_data, tmp_path_factory.mktemp("providers")) as running:
        yield running


@pytest.fixture
def upstreams(emulated: Emulated) -> Iterator[Upstreams]:
    """The emulators, each speaking freely and properly again after the test."""
    yield emulated.upstreams
    for name in emulated.upstreams.ports:
        emulated.upstreams.let(name)
        emulated.upstreams[name].fault = ""


@pytest.fixture
def page(open_browser: Callable[..., BrowserContext], emulated: Emulated) -> Page:
    """The administrator's browser at a new chat."""
    page = open_browser(emulated.product.session, emulated.product).new_page()
    page.goto(f"{emulated.product.url}/")
    return page


def reloaded(page: Page) -> Locator:
    """The last answer after a reload, when the page has done what its scripts do to it."""
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-state", "open")
    return last_answer(page)


def answers(page: Page) -> Locator:
    return page.locator(".message[data-role=assistant]")


def let_until(upstreams: Upstreams, case: Case, word: str, before: str | None = None) -> None:
    """Let the upstream speak up to and with `word`, and a word or two beyond it."""
    start = fragments_before(case.text, before) if before else -2
    upstreams.let(case.provider, fragments_before(case.text, word) - start)


@pytest.mark.parametrize("case", STREAMING, ids=str)
def test_an_answer_grows_as_the_upstream_speaks_until_it_ends_or_is_stopped(
    page: Page, upstreams: Upstreams, case: Case
) -> None:
    choose(page, case.label, case.model)
    expect(page.locator("#route")).to_contain_text(f"127.0.0.1:{upstreams.ports[case.provider]}")
    watch_it_grow(page, upstreams, case)
    stop_it(page, upstreams, case)


def watch_it_grow(page: Page, upstreams: Upstreams, case: Case) -> None:
    upstreams.shut(case.provider)
    say(page, QUESTION)
    answer = last_answer(page).locator(".answer")
    before = None
    for word, later in (("four", "eight"), ("eight", "twelve"), ("twelve", "notice")):
        let_until(upstreams, case, word, before)
        expect(answer).to_contain_text(word)
        expect(answer).not_to_contain_text(later)
        expect(last_answer(page)).to_have_attribute("data-status", "streaming")
        before = word
    upstreams.let(case.provider)

    done = shown(wait_for_status(page, "complete"))
    assert "ça suffit" in done["words"]
    assert f"{case.label} · {case.model}" in done["meta"]
    assert shown(reloaded(page)) == done
    expect(page.locator(".bubble")).to_have_text(QUESTION)


def stop_it(page: Page, upstreams: Upstreams, case: Case) -> None:
    upstreams.shut(case.provider)
    say(page, QUESTION)
    expect(answers(page)).to_have_count(2)
    let_until(upstreams, case, "four")
    expect(last_answer(page).locator(".answer")).to_contain_text("four")
    page.get_by_role("button", name="Stop the answer").click()

    kept = shown(wait_for_status(page, "stopped"))
    upstreams.wait_until_left(case.provider)
    assert "four" in kept["words"]
    assert "eight" not in kept["words"]
    assert shown(reloaded(page)) == kept
    expect(last_answer(page)).to_contain_text("What came so far is kept")


@pytest.mark.parametrize(("provider", "label", "model"), WHOLE)
def test_an_answer_that_comes_at_once_can_be_stopped_before_it_comes(
    page: Page, upstreams: Upstreams, provider: str, label: str, model: str
) -> None:
    choose(page, label, model)
    expect(page.locator("#route")).to_contain_text(f"127.0.0.1:{upstreams.ports[provider]}")
    done = shown(ask(page, QUESTION))
    assert done["images"] or QUESTION in done["words"]
    assert f"{label} · {model}" in done["meta"]
    assert shown(reloaded(page)) == done

    upstreams[provider].fault = "stall"
    asked = len(upstreams[provider].requests)
    say(page, QUESTION)
    expect(answers(page)).to_have_count(2)
    upstreams.wait_for_request(provider, asked)
    page.get_by_role("button", name="Stop the answer").click()
    kept = shown(wait_for_status(page, "stopped"))
    upstreams.wait_until_left(provider)
    assert kept["words"] == ""
    assert shown(reloaded(page)) == kept


def test_the_pages_an_answer_rests_on_are_numbered_and_marked(page: Page) -> None:
    choose(page, "Perplexity Labs", "sonar-pro")
    done = shown(ask(page, "Where from?"))

    sources = last_answer(page).locator(".source")
    expect(sources).to_have_count(2)
    expect(sources.nth(1)).to_have_attribute("href", "https://example.org/second")
    expect(sources.nth(1)).to_contain_text("Second")
    marks = last_answer(page).locator(".answer a[href^='https://example.org/']")
    expect(marks).to_have_count(2)
    assert shown(reloaded(page)) == done


@pytest.mark.parametrize("model", ["r1-1776", "sonar-reasoning"])
def test_thinking_is_folded_away_from_the_answer(page: Page, model: str) -> None:
    choose(page, "Perplexity Labs", model)
    done = shown(ask(page, "Think!"))

    assert done["thoughts"] == THOUGHTS
    assert done["thought"].startswith("Thought")
    assert "think>" not in done["words"]
    assert shown(reloaded(page)) == done
    expect(last_answer(page).locator(".thoughts")).to_be_hidden()
    last_answer(page).locator(".reasoning summary").click()
    expect(last_answer(page).locator(".thoughts")).to_be_visible()


def test_servers_that_think_in_their_own_ways_are_all_understood(page: Page) -> None:
    ways = ("emulator-reasoning", "emulator-think", "emulator-mistral", "emulator-openrouter")
    for model in ways:
        choose(page, "OpenAI-compatible", model)
        done = shown(ask(page, "Good morning"))
        assert "Somebody greets me." in done["thoughts"], model
        assert "Somebody greets me." not in done["words"], model
        assert shown(reloaded(page)) == done, model

    expect(last_answer(page).locator(".images img")).to_have_count(1)
    expect(last_answer(page).locator(".source")).to_have_count(1)


def test_the_key_goes_to_its_endpoint(page: Page, upstreams: Upstreams) -> None:
    choose(page, "OpenAI-compatible", "emulator-search")
    done = shown(ask(page, "Search"))

    assert upstreams["OpenAICompatible"].requests[-1].headers["authorization"] == "Bearer sk-e2e"
    expect(last_answer(page).locator(".source")).to_have_count(2)
    assert shown(reloaded(page)) == done


def size_of(picture: Locator) -> list[int]:
    """Width and height of a picture that the browser could decode."""
    picture.scroll_into_view_if_needed()
    size: list[int] = picture.evaluate(
        "async image => { await image.decode(); return [image.naturalWidth, image.naturalHeight]; }"
    )
    return size


def test_a_picture_has_the_shape_that_was_chosen_and_belongs_to_its_owner(
    page: Page,
    upstreams: Upstreams,
    emulated: Emulated,
    open_browser: Callable[..., BrowserContext],
) -> None:
    choose(page, "Websim", "flux")
    page.get_by_label("Shape of the picture").select_option("16:9")
    done = shown(ask(page, "A lake in the morning"))
    asked = [request for request in upstreams["Websim"].requests if request.method == "POST"]
    assert asked[-1].json()["aspect_ratio"] == "16:9"
    assert asked[-1].json()["prompt"] == "A lake in the morning"
    assert size_of(last_answer(page).locator(".images img")) == [320, 180]

    assert shown(reloaded(page)) == done
    picture = last_answer(page).locator(".images img")
    assert size_of(picture) == [320, 180]
    url = f"{emulated.product.url}{picture.get_attribute('src')}"
    assert page.request.get(url).headers["content-type"] == "image/png"
    stranger = open_browser().request.get(url, max_redirects=0)
    assert stranger.status == 302
    assert "/accounts/login/" in stranger.headers["location"]
    assert bobs_browser(open_browser, emulated).request.get(url).status == 404


def bobs_browser(open_browser: Callable[..., BrowserContext], emulated: Emulated) -> BrowserContext:
    """Somebody else who is signed in."""
    emulated.product.manage(
        "shell",
        "--no-imports",
        "-c",
        f"from webchat.models import User; User.objects.create_user('bob', password='{PASSWORD}')",
    )
    context = open_browser()
    page = context.new_page()
    page.goto(f"{emulated.product.url}/accounts/login/")
    page.get_by_label("Username").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(f"{emulated.product.url}/")
    return context


def test_demo_shows_everything_an_answer_can_hold_and_shows_it_again(page: Page) -> None:
    choose(page, "Demo", "demo")
    expect(page.locator("#route")).to_contain_text("stays on this server")
    done = shown(ask(page, "Show me everything, as fast as you can"))

    answer = last_answer(page)
    assert done["thought"].startswith("Thought")
    assert answer.locator(".source").count() >= 2
    assert answer.locator("math").count() >= 1
    assert answer.locator("pre code").count() >= 1
    assert answer.locator("table").count() >= 1
    width, height = size_of(answer.locator(".images img"))
    assert width > height
    assert shown(reloaded(page)) == done
    assert size_of(last_answer(page).locator(".images img")) == [width, height]


def test_demo_grows_in_steps_and_can_be_stopped(page: Page) -> None:
    choose(page, "Demo", "demo")
    say(page, "2000 words, 40 tokens per second")
    length = 0
    for _ in range(4):
        page.wait_for_function(
            "least => ([...document.querySelectorAll('.answer')].pop()?.innerText ?? '').length"
            " > least",
            arg=length,
        )
        length = len(last_answer(page).locator(".answer").inner_text())
        expect(last_answer(page)).to_have_attribute("data-status", "streaming")
    page.get_by_role("button", name="Stop the answer").click()

    kept = shown(wait_for_status(page, "stopped"))
    assert len(kept["words"]) >= length
    assert shown(reloaded(page)) == kept


def test_a_conversation_goes_on_with_another_provider(page: Page, upstreams: Upstreams) -> None:
    choose(page, "Koala", "gpt-4o-mini")
    first = words(ask(page, "first question"))
    choose(page, "Vitalentum", "gpt-3.5-turbo")
    ask(page, "second question")

    sent = upstreams["Vitalentum"].requests[-1].json()["conversation"]
    assert re.search("first question.*Koala.*second question", sent)
    page.reload()
    assert words(page.locator(".message[data-role=assistant]").first) == first
    expect(page.locator("#picker-label")).to_have_text("Vitalentum gpt-3.5-turbo")

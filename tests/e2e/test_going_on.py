"""Answers that go on after they were stopped, and answers that wait for their turn."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.product import Product
from tests.e2e.talking import LONG, ask, last_answer, say, wait_for_status, words

pytestmark = pytest.mark.browser


def stop_in_the_middle(page: Page) -> str:
    """What is left of an answer that was stopped."""
    say(page, "120 words, slowly")
    answer = last_answer(page)
    expect(answer.locator(".block").nth(2)).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Stop the answer").click()
    return words(wait_for_status(page, "stopped"))


def test_a_stopped_answer_goes_on_after_a_reload_and_keeps_what_it_said(signed_in: Page) -> None:
    kept = stop_in_the_middle(signed_in)
    signed_in.reload()
    former = last_answer(signed_in).get_attribute("id")
    last_answer(signed_in).get_by_role("button", name="Continue").click()

    expect(signed_in.locator(f"#{former}")).to_have_count(0)
    assert words(last_answer(signed_in)).startswith(kept)
    whole = words(wait_for_status(signed_in, "complete"))
    assert whole.startswith(kept)
    assert len(whole) > len(kept)
    expect(signed_in.locator(".message")).to_have_count(2)
    expect(last_answer(signed_in).get_by_role("button", name="Continue")).to_have_count(0)
    signed_in.reload()
    assert words(last_answer(signed_in)) == whole


def test_a_stopped_answer_goes_on_without_scripts(
    open_browser: Callable[..., BrowserContext], site: Product, signed_in: Page
) -> None:
    kept = stop_in_the_middle(signed_in)
    page = open_browser(site.session, site, java_script_enabled=False).new_page()
    page.goto(signed_in.url)
    last_answer(page).get_by_role("button", name="Continue").click()

    whole = words(wait_for_status(page, "complete"))
    assert whole.startswith(kept)
    assert len(whole) > len(kept)


def test_a_second_click_does_not_ask_twice(signed_in: Page) -> None:
    stop_in_the_middle(signed_in)
    last_answer(signed_in).get_by_role("button", name="Continue").evaluate(
        "button => { button.click(); button.click(); }"
    )
    wait_for_status(signed_in, "complete")
    expect(signed_in.locator(".message")).to_have_count(2)


def test_who_comes_from_a_removed_button_can_write_on(signed_in: Page) -> None:
    stop_in_the_middle(signed_in)
    last_answer(signed_in).get_by_role("button", name="Continue").press("Enter")
    expect(signed_in.get_by_label("Message", exact=True)).to_be_focused()
    wait_for_status(signed_in, "complete")


def test_an_answer_tells_how_many_come_before_it(
    open_browser: Callable[..., BrowserContext], start_product: Callable[..., Product]
) -> None:
    product = start_product(RUNS_PER_USER="1")
    context = open_browser(product.session, product)
    pages = [context.new_page() for _ in range(4)]
    for page in pages:
        page.goto(f"{product.url}/")
    working, *waiting = pages
    say(working, "500 words, slowly")
    expect(last_answer(working).locator(".block").first).to_be_visible(timeout=LONG)
    sentences = (
        "Waiting: this answer comes next.",
        "Waiting: 1 answer comes before this one.",
        "Waiting: 2 answers come before this one.",
    )
    for page, sentence in zip(waiting, sentences, strict=True):
        say(page, "100 words, slowly")
        expect(last_answer(page).locator(".writing")).to_have_text(sentence, timeout=LONG)
    last = waiting[-1]
    last.reload()
    expect(last_answer(last).locator(".writing")).to_have_text(sentences[2])

    waiting[1].get_by_role("button", name="Stop the answer").click()
    wait_for_status(waiting[1], "stopped")
    expect(last_answer(last).locator(".writing")).to_have_text(sentences[1])
    for page in (working, waiting[0]):
        page.get_by_role("button", name="Stop the answer").click()
    expect(last_answer(last).locator(".writing")).to_have_text("Demo is writing…")
    wait_for_status(last, "complete")


def test_what_is_selected_in_a_growing_answer_stays_selected(signed_in: Page) -> None:
    say(signed_in, "300 words, 60 tokens per second")
    answer = last_answer(signed_in)
    expect(answer.locator(".block").nth(2)).to_be_visible(timeout=LONG)
    chosen = (
        answer.locator(".block")
        .nth(1)
        .evaluate(
            "block => { getSelection().selectAllChildren(block); return String(getSelection()); }"
        )
    )
    wait_for_status(signed_in, "complete")
    assert chosen
    assert signed_in.evaluate("String(getSelection())") == chosen


def test_a_growing_answer_never_shrinks_or_jumps(signed_in: Page) -> None:
    """Of what the person has seen, frame by frame, nothing goes away again."""
    ask(signed_in, "hello, fast")
    signed_in.evaluate(
        """() => {
            window.seen = [];
            const look = () => {
                const answers = document.querySelectorAll(".answer");
                const last = answers[answers.length - 1];
                const scroller = document.querySelector("#transcript");
                seen.push([answers.length, last.innerText.length, scroller.scrollTop]);
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    ask(signed_in, "200 words and code, 200 tokens per second")
    frames = [frame for frame in signed_in.evaluate("seen") if frame[0] == 2]
    lengths = [length for _answers, length, _place in frames]
    assert len(set(lengths)) > 4
    assert all(later >= earlier - 8 for earlier, later in pairwise(lengths))
    assert {place for _answers, _length, place in frames} == {0}

"""What people do on the page, for tests to say in one word."""

from playwright.sync_api import Locator, Page, expect

LONG = 30_000  # milliseconds; an answer of Demo on a busy machine


def text_field(page: Page) -> Locator:
    return page.get_by_label("Message", exact=True)


def say(page: Page, text: str) -> None:
    text_field(page).fill(text)
    page.keyboard.press("Enter")


def last_answer(page: Page) -> Locator:
    return page.locator(".message[data-role=assistant]").last


def wait_for_status(page: Page, status: str) -> Locator:
    """The last answer, once it has ended like this."""
    answer = last_answer(page)
    expect(answer).to_have_attribute("data-status", status, timeout=LONG)
    return answer


def ask(page: Page, text: str) -> Locator:
    """Say something and wait for the whole answer."""
    before = page.locator(".message[data-role=assistant]").count()
    say(page, text)
    expect(page.locator(".message[data-role=assistant]")).to_have_count(before + 1, timeout=LONG)
    return wait_for_status(page, "complete")


def words(answer: Locator) -> str:
    """What the answer says, on one line."""
    return " ".join(answer.locator(".answer").inner_text().split())

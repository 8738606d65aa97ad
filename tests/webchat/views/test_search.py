"""Searching by page: hits, pages of them, the way to the message."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_conversation, make_message
from webchat.models import Conversation, Message, User
from webchat.search.engine import TooSlow
from webchat.search.indexing import index_some

pytestmark = pytest.mark.django_db


def html(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return str(answer.content.decode())


def test_the_empty_page_says_how_to_search(client: Client) -> None:
    page = html(client, "/search/")

    assert "Type a word, or its beginning" in page
    assert "Nothing was found" not in page


def test_a_hit_has_its_words_marked_and_leads_to_the_message(
    client: Client, walk: Conversation
) -> None:
    index_some()
    answer = Message.objects.get(role="assistant")
    page = html(client, "/search/?q=lake")

    assert "To the <mark>lake</mark>." in page
    assert f'href="/c/{walk.pk}/?at={answer.pk}&amp;q=lake#m-{answer.pk}"' in page
    assert "1 conversation was found." in page


def test_what_people_wrote_and_ask_stays_text(client: Client, alice: User) -> None:
    conversation = make_conversation(alice, "<script>title()</script>")
    make_message(conversation, '"><img src=x onerror=alert(1)> needle')
    index_some()
    for address in ("/search/?q=needle", "/search/hits/?q=title", '/search/?q="><script>x()'):
        page = html(client, address)
        assert "<script>" not in page
        assert "<img" not in page


def test_nothing_found_is_said(client: Client, walk: Conversation) -> None:
    assert html(client, "/search/?q=nowhere").count("Nothing was found.") == 2


def test_a_search_that_takes_too_long_says_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> None:
        raise TooSlow

    monkeypatch.setattr("webchat.views.search.for_user", slow)

    assert "takes too long" in html(client, "/search/?q=the", status=503)
    assert "takes too long" in html(client, "/search/hits/?q=the")


def test_the_fragment_is_only_the_hits(client: Client, walk: Conversation) -> None:
    index_some()
    fragment = html(client, "/search/hits/?q=lake")

    assert "<html" not in fragment
    assert fragment.count('class="hit"') == 1


def test_pages_of_hits_are_linked_with_and_without_scripts(client: Client, alice: User) -> None:
    now = timezone.now()
    for number in range(45):
        conversation = make_conversation(alice, f"Number {number}")
        moment = now - timedelta(hours=number)
        make_message(conversation, "Wild geese & ducks", created_at=moment)
    while index_some():
        pass
    page = html(client, "/search/?q=geese+%26+du")
    found = re.findall(r"Number (\d+)<", page.split('id="found"')[1])
    while link := re.search(r'href="([^"]+before[^"]+)" data-fragment="([^"]+)"', page):
        page = html(client, unescape(link[1]))
        here = re.findall(r"Number (\d+)<", page.split('id="found"')[1])
        fragment = html(client, unescape(link[2]))
        assert re.findall(r"Number (\d+)<", fragment) == here
        found += here

    assert found == [str(number) for number in range(45)]


def test_nobody_finds_what_others_wrote(client: Client, bob: User) -> None:
    make_message(make_conversation(bob, "Of bob"), "Wild geese")
    index_some()

    assert "Of bob" not in html(client, "/search/?q=geese")


def test_strangers_are_sent_to_the_sign_in(db: None) -> None:
    for address in ("/search/?q=x", "/search/hits/?q=x"):
        assert Client().get(address).status_code == 302


@pytest.mark.parametrize("query", ["%00", "%ED%A0%80", "a" * 3000, "%F0%9F%A6%86", "'%22%2A%28"])
def test_any_query_is_answered(client: Client, query: str) -> None:
    html(client, f"/search/?q={query}&before={query}")


@pytest.fixture
def long(alice: User) -> Conversation:
    conversation = make_conversation(alice, "Long")
    for number in range(200):
        make_message(conversation, f"number {number}.", "user" if number % 2 == 0 else "assistant")
    return conversation


def number_of(conversation: Conversation, number: int) -> Message:
    return Message.objects.get(conversation=conversation, text=f"number {number}.")


def test_an_address_with_a_message_shows_what_is_around_it(
    client: Client, long: Conversation
) -> None:
    message = number_of(long, 60)
    page = html(client, f"/c/{long.pk}/?at={message.pk}")

    assert f'id="m-{message.pk}"' in page
    assert page.count("<article") == 50
    assert "Earlier messages" in page
    assert "Later messages" in page
    assert "Back to the latest messages" in page


def test_later_messages_follow_to_the_end(client: Client, long: Conversation) -> None:
    page = html(client, f"/c/{long.pk}/?at={number_of(long, 10).pk}")
    assert "Earlier messages" not in page
    count = page.count("<article")
    while link := re.search(r'href="[^"]+after=[^"]+" data-fragment="([^"]+)"', page):
        page = html(client, link[1])
        assert "Earlier messages" not in page
        count += page.count("<article")

    assert count == 200


def test_a_message_among_the_newest_is_on_the_ordinary_page(
    client: Client, long: Conversation
) -> None:
    page = html(client, f"/c/{long.pk}/?at={number_of(long, 199).pk}")

    assert "Later messages" not in page
    assert page.count("<article") == 50


def test_a_message_of_another_version_is_shown_in_its_own(client: Client, alice: User) -> None:
    conversation = make_conversation(alice)
    question = make_message(conversation, "Where to?")
    make_message(conversation, "To the lake.", "assistant")
    make_message(conversation, "How far?")
    other = make_message(conversation, "To the sea.", "assistant", parent=question)
    page = html(client, f"/c/{conversation.pk}/?at={question.children.first().pk}")  # type: ignore[union-attr]

    assert "To the lake" in page
    assert "How far" in page
    assert "To the sea" not in page
    assert "another version" in page
    assert "another version" not in html(client, f"/c/{conversation.pk}/?at={other.pk}")


@pytest.mark.parametrize("place", ["at", "before", "after"])
def test_a_message_of_elsewhere_means_the_newest(
    client: Client, long: Conversation, bob: User, place: str
) -> None:
    others = make_message(make_conversation(bob), "Of bob")
    for value in (others.pk, "nonsense", "", long.pk):
        page = html(client, f"/c/{long.pk}/?{place}={value}")
        assert "number 199." in page
        assert "Of bob" not in page

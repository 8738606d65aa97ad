"""What the page shows, and what that costs."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_conversation, make_endpoint, make_message, make_models
from webchat.generation.cursor import Cursor
from webchat.models import Conversation, Endpoint, Run, User
from webchat.views.sidebar import grouped

pytestmark = pytest.mark.django_db


def html(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def url(conversation: Conversation) -> str:
    return f"/c/{conversation.pk}/"


def test_the_first_page_is_ready_for_a_question(client: Client, demo: Endpoint) -> None:
    page = html(client, "/")
    assert "data-empty" in page
    assert f'value="{demo.pk}:demo" selected' in page
    assert "stays on this server" in page


def test_without_an_endpoint_the_page_says_so(client: Client) -> None:
    page = html(client, "/")
    assert "No provider is set up yet" in page
    assert 'id="send"' in page


def test_words_of_people_are_shown_as_they_are(client: Client, walk: Conversation) -> None:
    page = html(client, url(walk))
    assert "Where to &lt;go&gt;?\nNow." in page
    assert "<em>lake</em>" in page


def test_an_answer_says_who_gave_it_and_when(client: Client, walk: Conversation) -> None:
    page = html(client, url(walk))
    assert "<bdi>Demo</bdi>" in page
    assert "<bdi>demo</bdi>" in page
    assert "<time datetime=" in page


def test_an_unofficial_provider_is_named_with_where_the_text_goes(client: Client) -> None:
    make_endpoint("Perplexity", "PerplexityLabs")
    page = html(client, "/")
    assert "unofficial, sends to" in page
    assert "an unofficial service" in page


def test_a_hostile_title_stays_text(client: Client, alice: User) -> None:
    conversation = make_conversation(alice, '"><script>x()</script>')
    page = html(client, url(conversation))
    assert "<script>x()" not in page
    assert "&lt;script&gt;x()" in page


def test_hostile_cookies_do_not_reach_the_page(client: Client) -> None:
    for name in ("theme", "sidebar", "timezone", "django_language"):
        client.cookies[name] = 'dark" onload="x()'
    page = html(client, "/")
    assert "onload" not in page
    assert 'data-theme="system"' in page


def test_only_the_newest_fifty_messages_are_there_and_a_link_to_the_others(
    client: Client, alice: User
) -> None:
    conversation = make_conversation(alice)
    for number in range(120):
        make_message(conversation, f"number {number}.", "user" if number % 2 == 0 else "assistant")
    page = html(client, url(conversation))
    assert page.count("<article") == 50
    assert "number 70." in page
    assert "number 69." not in page
    link = re.search(r'href="([^"]+before=[^"]+)" data-fragment="([^"]+)"', page)
    assert link
    assert "number 20." in html(client, link[1])
    fragment = html(client, link[2])
    assert fragment.count("<article") == 50
    assert "<html" not in fragment
    last = re.search(r'data-fragment="([^"]+)"', fragment)
    assert last
    first_page = html(client, last[1])
    assert first_page.count("<article") == 20
    assert "data-fragment" not in first_page


def test_a_growing_answer_renews_a_page_without_scripts_until_told_not_to(
    client: Client, walk: Conversation
) -> None:
    make_message(walk, "and?")
    growing = make_message(walk, "So far", "assistant", status="streaming", provider="Demo")
    Run.objects.create(owner=walk.owner, client_id=growing.pk, message=growing, node="elsewhere")
    page = html(client, url(walk))
    assert f'<meta http-equiv="refresh" content="2; url={url(walk)}">' in page
    assert 'aria-busy="true"' in page
    assert "is writing" in page
    still = html(client, url(walk) + "?refresh=off")
    assert "http-equiv" not in still
    assert "Show what came since" in still


@pytest.mark.parametrize("messages", [2, 40])
@pytest.mark.parametrize("conversations", [1, 30])
def test_a_page_costs_the_same_number_of_queries_however_much_there_is(
    client: Client,
    alice: User,
    demo: Endpoint,
    django_assert_num_queries: DjangoAssertNumQueries,
    messages: int,
    conversations: int,
) -> None:
    for number in range(conversations):
        conversation = make_conversation(alice, f"number {number}")
    for number in range(messages):
        make_message(conversation, "words", "assistant" if number % 2 else "user")
    make_models(demo, *(f"model-{number}" for number in range(messages)))
    client.get(url(conversation))  # renders and stores what has no HTML yet
    # session, person, conversation, skeleton, messages, their pictures, endpoints, their models,
    # sidebar
    with django_assert_num_queries(9):
        client.get(url(conversation))


def test_the_sidebar_does_not_read_messages(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        make_message(make_conversation(alice, f"number {number}"), "secret words")
    client.get("/sidebar/")  # the first page of a session is noted
    with django_assert_num_queries(3) as queries:
        client.get("/sidebar/")
    assert "webchat_message" not in " ".join(query["sql"] for query in queries.captured_queries)


def test_conversations_are_grouped_by_the_days_of_the_person() -> None:
    zone = ZoneInfo("Asia/Tokyo")
    now = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)  # one o'clock at night on the 11th in Tokyo
    ages = [timedelta(0), timedelta(hours=2), timedelta(days=4), timedelta(days=20)]
    ages += [timedelta(days=60), timedelta(days=400)]
    found = [Conversation(title=str(age), active_at=now - age) for age in ages]

    labels = [group.label for group in grouped(found, zone, now)]
    assert labels == [
        "Today",
        "Yesterday",
        "Previous 7 days",
        "Previous 30 days",
        "January 2026",
        "February 2025",
    ]


def test_the_list_of_conversations_comes_page_by_page(client: Client, alice: User) -> None:
    for number in range(50):
        make_conversation(alice, f"conversation {number:02}")
    page = html(client, "/")
    assert page.count('class="item"') == 40
    link = re.search(
        r'href="([^"]+)" data-action="more-conversations" data-fragment="([^"]+)"', page
    )
    assert link
    fragment = html(client, link[2].replace("&amp;", "&"))
    assert fragment.count('class="item"') == 10
    assert "conversation 00" in fragment
    assert "more-conversations" not in fragment


def test_a_cursor_is_read_as_it_was_written(walk: Conversation) -> None:
    assert Cursor.read(str(Cursor.at(walk))) == Cursor(walk.active_at, walk.pk)


EARLY = f"0001-01-01T00:00:00+14:00_{UUID(int=1)}"


@pytest.mark.parametrize(
    "text",
    ["", "_", "x_y", "2026-01-01T00:00:00_x", "2026-01-01T00:00:00+00:00_", "9" * 5000, EARLY],
)
def test_a_broken_cursor_is_the_first_page(client: Client, walk: Conversation, text: str) -> None:
    assert Cursor.read(text) is None
    assert "A walk" in html(client, f"/sidebar/?after={text}")

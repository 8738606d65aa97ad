"""Searching in the list of all conversations."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_conversation, make_endpoint, make_message
from tests.webchat.admin.test_conversations import LIST, act, link, shown, titles
from webchat.models import Conversation, User
from webchat.search.engine import TooSlow
from webchat.search.indexing import index_some


@pytest.fixture
def index(db: None) -> Callable[[], None]:
    """Bring everything that waits into the index."""

    def work() -> None:
        while index_some():
            pass

    return work


@pytest.fixture
def geese(alice: User, bob: User, index: Callable[[], None]) -> None:
    """Geese in a title of alice's, in an answer to bob, and nowhere in a third."""
    make_conversation(alice, "Geese over the lake", archived=True)
    other = make_conversation(bob, "Birds", endpoint=make_endpoint("Lake"))
    make_message(other, "Which birds <are> these?")
    make_message(other, "Those are *geese*, flying north.", "assistant")
    make_conversation(bob, "Trains")
    index()


def test_titles_and_messages_are_found(panel: Client, geese: None) -> None:
    page = panel.get(LIST, {"q": "geese"}).content.decode()
    assert len(titles(page)) == 2
    assert "<mark>Geese</mark> over the lake" in page
    assert "Those are <mark>geese</mark>" in page


def test_a_hit_leads_to_its_message(panel: Client, geese: None) -> None:
    conversation = Conversation.objects.get(title="Birds")
    answer = conversation.messages.get(role="assistant")
    page = panel.get(LIST, {"q": "geese"}).content.decode()
    assert f"{LIST}{conversation.pk}/change/?at={answer.pk}#m-{answer.pk}" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"owner": "bob"}, 1),
        ({"owner": "nobody"}, 0),
        ({"archived": "yes"}, 1),
        ({"archived": "yes", "owner": "bob"}, 0),
        ({"owner": "", "model": "", "state": ""}, 2),
    ],
)
def test_filters_hold_while_searching(
    panel: Client, geese: None, query: dict[str, str], count: int
) -> None:
    assert len(shown(panel, q="geese", **query)) == count


def test_what_was_written_is_text(panel: Client, geese: None) -> None:
    page = panel.get(LIST, {"q": "birds"}).content.decode()
    assert "&lt;are&gt;" in page
    assert "<are>" not in page


def test_hits_go_on_from_page_to_page(
    panel: Client, alice: User, index: Callable[[], None]
) -> None:
    for number in range(45):
        make_conversation(alice, f"Goose {number}")
    index()
    found, query = [], "?q=goose"
    while query:
        page = panel.get(LIST + query)
        found.append(len(titles(page.content.decode())))
        assert "Conversations:" not in page.content.decode()
        query = link(page, "Older") if ">Older</a>" in page.content.decode() else ""
    assert sum(found) == 45
    assert link(page, "Newest") == "?q=goose"


def test_nothing_found_and_nothing_asked_are_said(panel: Client, geese: None) -> None:
    assert b"No conversation is like that." in panel.get(LIST, {"q": "swans"}).content
    assert b"There is no word to search for." in panel.get(LIST, {"q": "..."}).content


def test_a_search_that_takes_too_long_says_what_to_do(
    panel: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*arguments: Any, **named: Any) -> None:
        raise TooSlow

    monkeypatch.setattr("webchat.admin.conversations.changelist.for_staff", slow)
    assert b"takes too long" in panel.get(LIST, {"q": "the"}).content


def test_what_is_found_can_be_selected_but_not_all_unseen(panel: Client, geese: None) -> None:
    conversation = Conversation.objects.get(title="Birds")
    to = f"{LIST}?q=geese"
    assert act(panel, "delete", conversation, to=to, select_across="1").status_code == 400
    act(panel, "archive", conversation, to=to)
    assert Conversation.objects.get(title="Birds").archived
    assert b"Select all that are found" not in panel.get(to).content


def test_staff_who_do_not_read_others_find_their_own(
    panel: Client, staff: User, geese: None, settings: Any, index: Callable[[], None]
) -> None:
    make_conversation(staff, "My geese")
    index()
    settings.STAFF_READS_CONVERSATIONS = False
    page = panel.get(LIST, {"q": "geese"}).content.decode()
    assert len(titles(page)) == 1
    assert "lake" not in page
    assert "flying" not in page

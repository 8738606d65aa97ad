"""Thumbs for answers: given, explained, changed and withdrawn, by form and by script."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_message
from webchat.models import Conversation, Message, Rating, User

pytestmark = pytest.mark.django_db

JSON = {"accept": "application/json"}


@pytest.fixture
def answer(walk: Conversation) -> Message:
    return walk.messages.get(role="assistant")


def address(answer: Message) -> str:
    return f"/m/{answer.pk}/rating/"


def pressed(html: str) -> list[bool]:
    """Whether thumbs up and down are pressed."""
    parts = html.split('data-action="rate" aria-pressed="')[1:]
    return [part.startswith("true") for part in parts]


def given() -> tuple[str, str, str] | None:
    return Rating.objects.values_list("thumb", "reason", "comment").first()


def test_an_answer_is_rated_by_a_button_and_the_page_shows_it(
    client: Client, alice: User, answer: Message
) -> None:
    shown = client.get(f"/c/{answer.conversation_id}/").content.decode()
    assert pressed(shown) == [False, False]
    reply = client.post(address(answer), {"thumb": "up"})
    assert reply["Location"] == f"/c/{answer.conversation_id}/#m-{answer.pk}"
    assert Rating.objects.get().owner == alice
    shown = client.get(f"/c/{answer.conversation_id}/").content.decode()
    assert pressed(shown) == [True, False]
    assert address(answer) in shown.split("Say why")[0]


def test_the_pressed_button_withdraws(client: Client, answer: Message) -> None:
    reply = client.post(address(answer), {"thumb": "down"}, headers=JSON).json()
    assert pressed(reply["html"]) == [False, True]
    assert 'value="none"' in reply["html"]
    assert "Not correct" in reply["form"]
    reply = client.post(address(answer), {"thumb": "none"}, headers=JSON).json()
    assert (reply["thumb"], reply["form"], pressed(reply["html"])) == ("", "", [False, False])
    assert given() is None


def test_the_reason_is_asked_on_a_page_of_its_own(client: Client, answer: Message) -> None:
    assert client.get(address(answer)).status_code == 302  # there is nothing to explain yet
    client.post(address(answer), {"thumb": "down"})
    assert "What was bad?" in client.get(address(answer)).content.decode()
    why = {"thumb": "down", "reason": "wrong", "comment": " It is\r\nnot so. "}
    client.post(address(answer), why)
    assert given() == ("down", "wrong", "It is\nnot so.")
    page = client.get(address(answer)).content.decode()
    assert 'value="wrong" checked' in page
    assert client.get(address(answer), headers=JSON).json()["form"].count("checked") == 1


def test_the_end_of_a_line_counts_once_as_in_the_browser(client: Client, answer: Message) -> None:
    comment = "x" * 900 + "\r\n" * 100
    reply = client.post(address(answer), {"thumb": "down", "comment": comment + "."}, headers=JSON)
    assert reply.status_code == 400
    comment = comment.removesuffix("\r\n") + "."
    assert client.post(address(answer), {"thumb": "down", "comment": comment}).status_code == 302


def test_a_reason_stays_with_its_thumb_and_goes_with_it(client: Client, answer: Message) -> None:
    client.post(address(answer), {"thumb": "down", "reason": "wrong", "comment": "No."})
    client.post(address(answer), {"thumb": "down"})
    assert given() == ("down", "wrong", "No.")
    client.post(address(answer), {"thumb": "up"})
    assert given() == ("up", "", "")
    client.post(address(answer), {"thumb": "up", "reason": "wrong", "comment": ""})
    assert given() == ("up", "", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"thumb": "down", "comment": "x" * 1001},
        {"thumb": "down", "comment": "a\0b"},
        {"thumb": "down", "reason": "none of these"},
        {"thumb": "sideways"},
        {},
    ],
)
def test_what_cannot_be_saved_is_refused(
    client: Client, answer: Message, fields: dict[str, str]
) -> None:
    refused = client.post(address(answer), fields, headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    page = client.post(address(answer), fields)
    if fields.get("thumb") == "down":
        assert page.status_code == 400
        assert fields.get("comment", "").strip("\0") in page.content.decode()
    else:
        assert page.status_code == 302
    assert given() is None


def test_only_an_ended_answer_can_be_rated(client: Client, walk: Conversation) -> None:
    question = walk.messages.filter(role="user").first()
    growing = make_message(walk, "…", "assistant", status="streaming")
    for message in (question, growing):
        assert message is not None
        assert client.post(address(message), {"thumb": "up"}).status_code == 404
    assert given() is None


def test_others_rate_nothing_and_read_no_rating(
    client: Client, bobs: Client, answer: Message
) -> None:
    client.post(address(answer), {"thumb": "down", "comment": "Secret"})
    assert bobs.get(address(answer)).status_code == 404
    assert bobs.post(address(answer), {"thumb": "up"}).status_code == 404
    assert given() == ("down", "", "Secret")


def test_ratings_cost_no_query_a_message(
    client: Client, walk: Conversation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def queries() -> int:
        with django_assert_max_num_queries(40) as asked:
            client.get(f"/c/{walk.pk}/")
        return len(asked)

    queries()  # renders the answers and keeps that
    few = queries()
    for number in range(5):
        answer = make_message(walk, f"Answer {number}", "assistant")
        client.post(address(answer), {"thumb": "up"})
    queries()
    assert queries() == few


def test_a_rating_goes_with_its_conversation(client: Client, answer: Message) -> None:
    client.post(address(answer), {"thumb": "up"})
    answer.conversation.delete()
    assert given() is None

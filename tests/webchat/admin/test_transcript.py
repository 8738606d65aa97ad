"""The page on which staff read a conversation."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import AsyncClient, Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_conversation, make_message
from tests.pictures import PNG
from tests.webchat.views.test_media import fetch
from webchat.admin.conversations import access
from webchat.db import db
from webchat.generation.images import examine, store
from webchat.models import AuditRecord, Conversation, Media, Message, User

Action = AuditRecord.Action


@pytest.fixture
def walk(alice: User) -> Conversation:
    """Alice's question that was answered three times; the second answer was gone on from."""
    conversation = make_conversation(alice, "A walk")
    question = make_message(conversation, "Where to <go>?")
    make_message(conversation, "To the *lake*.", "assistant", parent=question)
    second = make_message(conversation, "To the *hill*.", "assistant", parent=question)
    make_message(conversation, "And then?", parent=second)
    make_message(conversation, "Home.", "assistant")
    make_message(conversation, "To the *sea*.", "assistant", parent=question)
    return conversation


def address(conversation: Conversation) -> str:
    return f"/admin/webchat/conversation/{conversation.pk}/change/"


def page(panel: Client, conversation: Conversation, **query: Any) -> str:
    answer = panel.get(address(conversation), query)
    assert answer.status_code == 200
    return answer.content.decode()


def said(conversation: Conversation, text: str) -> Message:
    return conversation.messages.get(text=text)


def openings() -> list[tuple[str, str, str]]:
    rows = AuditRecord.objects.filter(action=Action.CONVERSATION_OPENED).order_by("id")
    return [(row.actor_name, row.subject_id, row.details["owner"]) for row in rows]


# --- what it shows ---


def test_it_shows_the_branch_its_owner_sees(panel: Client, walk: Conversation) -> None:
    shown = page(panel, walk)
    assert "Where to &lt;go&gt;?" in shown
    assert "To the <em>sea</em>." in shown
    assert "hill" not in shown
    assert "3 of 3" in shown


def test_every_branch_can_be_reached(panel: Client, walk: Conversation) -> None:
    second = said(walk, "To the *hill*.")
    assert f"?at={second.pk}#m-{second.pk}" in page(panel, walk)
    shown = page(panel, walk, at=second.pk)
    assert all(text in shown for text in ("To the <em>hill</em>.", "And then?", "Home.", "2 of 3"))
    first = said(walk, "To the *lake*.")
    assert f"?at={first.pk}#m-{first.pk}" in shown
    assert "1 of 3" in page(panel, walk, at=first.pk)


def test_everything_about_an_answer_is_told(panel: Client, alice: User) -> None:
    conversation = make_conversation(alice, "", system_prompt="Be brief.", parameters={"top_p": 1})
    make_message(
        conversation,
        "Yes [1]",
        "assistant",
        status="failed",
        provider="Lake",
        model="perch-1",
        reasoning="Let me see.",
        reasoning_seconds=4,
        sources=[{"url": "https://a.example/x", "title": "Of lakes"}],
        usage={"prompt_tokens": 7, "completion_tokens": 40, "total_tokens": 47, "cached": 3},
        timings={"first": 0.5, "total": 2.5},
        finish_reason="length",
        error={"code": "timeout", "message": "The provider did not answer in time."},
    )
    shown = page(panel, conversation)
    for text in (
        "untitled", "Be brief.", "top_p", "Lake", "perch-1", "Let me see.", "Thought for 4 seconds",
        "https://a.example/x", "Of lakes", "0.50 s", "2.50 s", "<dd>20</dd>", "<dd>7</dd>",
        "<dd>40</dd>", "cached", "length", "timeout", "The provider did not answer in time.",
    ):  # fmt: skip
        assert text in shown, text


def test_a_long_conversation_is_read_page_by_page(panel: Client, alice: User) -> None:
    conversation = make_conversation(alice)
    for number in range(120):
        make_message(conversation, f"Step {number:03}.", "assistant" if number % 2 else "user")
    last, first = page(panel, conversation), page(panel, conversation, page=1)
    assert "Page 3 of 3" in last
    assert [f"Step {n:03}." in last for n in (69, 70, 119)] == [False, True, True]
    assert [f"Step {n:03}." in first for n in (0, 19, 20)] == [True, True, False]
    middle = said(conversation, "Step 040.")
    assert "Page 2 of 3" in page(panel, conversation, at=middle.pk)


@pytest.mark.parametrize("query", [{"page": "x"}, {"page": "9" * 30}, {"at": "x"}, {"at": uuid4()}])
def test_what_does_not_exist_is_the_last_page(
    panel: Client, walk: Conversation, query: dict[str, Any]
) -> None:
    assert "To the <em>sea</em>." in page(panel, walk, **query)


def test_an_answer_in_the_making_is_shown_as_far_as_it_is_saved(panel: Client, alice: User) -> None:
    conversation = make_conversation(alice)
    make_message(conversation, "So *far*", "assistant", status="streaming")
    assert "So <em>far</em>" in page(panel, conversation)


def test_the_number_of_queries_is_always_the_same(
    panel: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = make_conversation(alice)
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="", alt="")
    for number in range(60):
        make_message(conversation, f"Step {number}.", "assistant").media.add(picture)
    page(panel, make_conversation(alice))  # whatever is read once a process
    # session, person, conversation, tree, messages, pictures, HTML of the new renderer, record
    with django_assert_num_queries(8):
        page(panel, conversation)
    with django_assert_num_queries(8):  # and whether it is open already
        page(panel, conversation, page=1)


# --- who may, and what is written down ---


def test_opening_somebody_elses_conversation_is_recorded_each_time(
    panel: Client, walk: Conversation
) -> None:
    page(panel, walk)
    page(panel, walk)
    assert openings() == [("staff", str(walk.pk), "alice")] * 2


def test_reading_on_is_part_of_the_same_visit(
    panel: Client, walk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(panel, walk)
    page(panel, walk, page=1)
    page(panel, walk, at=said(walk, "Home.").pk)
    assert len(openings()) == 1
    monkeypatch.setattr(access, "OPENED_FOR", timedelta(0))
    page(panel, walk, page=1)
    assert len(openings()) == 2


def test_ones_own_is_not_recorded(panel: Client, staff: User) -> None:
    page(panel, make_conversation(staff))
    assert openings() == []


def test_people_who_only_chat_see_nothing(client: Client, walk: Conversation) -> None:
    assert client.get(address(walk)).status_code == 302
    assert openings() == []


def test_staff_without_the_permission_see_nothing(client: Client, bob: User, walk: Any) -> None:
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    assert client.get(address(walk)).status_code == 403
    assert openings() == []


def test_a_setting_forbids_reading_others(
    panel: Client, staff: User, walk: Conversation, settings: Any
) -> None:
    settings.STAFF_READS_CONVERSATIONS = False
    own = make_conversation(staff)
    assert panel.get(address(walk)).status_code == 403
    assert "A walk" not in panel.get(address(walk)).content.decode()
    assert panel.get(address(own)).status_code == 200
    assert openings() == []


# --- pictures ---


def shown_picture(walk: Conversation) -> Media:
    picture = store(walk.owner, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="")
    said(walk, "Where to <go>?").media.add(picture)
    return picture


def picture_address(walk: Conversation, picture: Media) -> str:
    return f"/admin/webchat/conversation/{walk.pk}/pictures/{picture.pk}/"


@pytest.mark.django_db(transaction=True)
async def test_pictures_of_others_can_be_seen_and_that_is_recorded(
    staff: User, walk: Conversation
) -> None:
    picture = await db(shown_picture, walk)
    client = AsyncClient()
    await client.aforce_login(staff)
    answer, data = await fetch(client, picture_address(walk, picture))
    assert (data, answer["Content-Type"]) == (PNG, "image/png")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert await db(openings) == [("staff", str(walk.pk), "alice")]


def test_the_page_leads_to_the_pictures(panel: Client, walk: Conversation) -> None:
    picture = shown_picture(walk)
    assert f'src="{picture_address(walk, picture)}"' in page(panel, walk)


def test_pictures_are_those_of_the_conversation_and_for_those_who_may_read_it(
    panel: Client, client: Client, walk: Conversation, bob: User, settings: Any
) -> None:
    picture, other = shown_picture(walk), make_conversation(bob)
    assert panel.get(picture_address(other, picture)).status_code == 404
    assert client.get(picture_address(walk, picture)).status_code == 302
    settings.STAFF_READS_CONVERSATIONS = False
    assert panel.get(picture_address(walk, picture)).status_code == 403

"""Law: what is exported, imported and exported again is the same, but for its ids."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_conversation, make_endpoint, make_message
from tests.pictures import picture
from tests.webchat.exchange.files import (
    as_document,
    import_bytes,
    import_document,
    without_ids,
    zipped,
)
from webchat.generation.images import examine, store
from webchat.models import REASONS, Conversation, Media, Message, Rating, User

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
# What both databases keep: the edge of the providers lets nothing else in.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
NUMBERS = st.integers(0, 10**9) | st.floats(0, 1e6, allow_nan=False)
TABLES = st.dictionaries(WORDS, NUMBERS | st.booleans() | TEXTS, max_size=3)
SOURCES = st.lists(st.fixed_dictionaries({"url": TEXTS, "title": TEXTS}), max_size=3)
MESSAGES = st.fixed_dictionaries(
    {
        "role": st.sampled_from(list(Message.Role.values)),
        "text": TEXTS,
        "reasoning": TEXTS,
        "reasoning_seconds": st.none() | st.floats(0, 1e4),
        "sources": SOURCES,
        "status": st.sampled_from(["complete", "stopped", "failed", "interrupted"]),
        "finish_reason": WORDS,
        "provider": TEXTS,
        "model": TEXTS,
        "usage": TABLES,
        "timings": TABLES,
        "error": TABLES,
    }
)
RATINGS = st.sampled_from(
    [(thumb, reason) for thumb in REASONS for reason in ("", *REASONS[thumb])]
)
CONVERSATIONS = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "model": WORDS,
        "system_prompt": TEXTS,
        "parameters": st.dictionaries(st.sampled_from(["temperature", "top_p"]), NUMBERS),
        "pinned": st.booleans(),
        "archived": st.booleans(),
    }
)
PICTURES = [picture("PNG", (n, n)) for n in (1, 2, 3)]


@st.composite
def trees(draw: Any) -> list[tuple[int | None, int, list[int], dict[str, Any], Any]]:
    """Messages: which earlier one each answers, after how many seconds, its pictures and rating."""
    said = draw(st.lists(MESSAGES, max_size=8))
    return [
        (
            draw(st.none() | st.integers(0, place - 1)) if place else None,
            draw(st.integers(0, 3)),
            draw(st.lists(st.integers(0, 2), unique=True, max_size=2)),
            columns,
            draw(st.none() | st.tuples(RATINGS, TEXTS)) if columns["role"] == "assistant" else None,
        )
        for place, columns in enumerate(said)
    ]


def rate(message: Message, opinion: tuple[str, str], comment: str) -> None:
    thumb, reason = opinion
    owner = message.conversation.owner
    Rating.objects.create(
        message=message, owner=owner, thumb=thumb, reason=reason, comment=comment, rated_at=NOON
    )


def make(owner: User, columns: dict[str, Any], tree: list[Any], active: int) -> Conversation:
    conversation = Conversation.objects.create(
        owner=owner, created_at=NOON, active_at=NOON + timedelta(days=1), **columns
    )
    shown = [
        store(
            owner, examine(data), Media.Origin.UPLOADED, name=f"{place}", alt="é", created_at=NOON
        )
        for place, data in enumerate(PICTURES)
    ]
    messages: list[Message] = []
    at = NOON
    for parent, seconds, pictures, said, rating in tree:
        at += timedelta(seconds=seconds)
        message = Message.objects.create(
            conversation=conversation,
            parent=None if parent is None else messages[parent],
            created_at=at,
            **said,
        )
        message.media.add(*(shown[place] for place in pictures))
        messages.append(message)
        if rating:
            rate(message, *rating)
    if messages:
        conversation.active_leaf = messages[active % len(messages)]
        conversation.save()
    return conversation


@given(columns=CONVERSATIONS, tree=trees(), active=st.integers(0, 100))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_document_stays_the_same(
    alice: User, bob: User, columns: dict[str, Any], tree: list[Any], active: int
) -> None:
    first = as_document(make(alice, columns, tree, active))
    second = as_document(import_document(bob, first))
    first["conversation"]["owner"] = "bob"
    assert without_ids(second) == without_ids(first)
    assert not {one["id"] for one in first["messages"]} & {one["id"] for one in second["messages"]}


def walk(owner: User) -> Conversation:
    """A question with two answers and a picture each, of an endpoint."""
    conversation = make_conversation(owner, "A walk", endpoint=make_endpoint("Lake"), model="perch")
    shown = store(owner, examine(PICTURES[0]), Media.Origin.UPLOADED, name="dot.png", alt="")
    made = store(owner, examine(PICTURES[1]), Media.Origin.GENERATED, name="", alt="a lake")
    question = make_message(conversation, "Look")
    question.media.add(shown)
    make_message(conversation, "To the *lake*", "assistant", parent=question, status="failed")
    make_message(conversation, "", "assistant", parent=question).media.add(made, shown)
    return conversation


def test_an_archive_stays_the_same(alice: User, bob: User) -> None:
    before = zipped([walk(alice), make_conversation(alice, "Empty")])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in before.items():
            archive.writestr(name, data)
    results = import_bytes(bob, packed.getvalue())
    assert [(one.title, one.messages, one.problem) for one in results] == [
        ("A walk", 3, ""),
        ("Empty", 0, ""),
    ]
    after = zipped(list(Conversation.objects.filter(owner=bob).order_by("pk")))
    documents = [
        [json.loads(data) for name, data in sorted(files.items()) if name.endswith(".json")]
        for files in (before, after)
    ]
    for old, new in zip(*documents, strict=True):
        assert [one["sha256"] for one in old["media"]] == [one["sha256"] for one in new["media"]]
        assert [one["text"] for one in old["messages"]] == [one["text"] for one in new["messages"]]


def test_what_is_brought_in_belongs_to_whoever_brings_it(alice: User, bob: User) -> None:
    new = import_document(bob, as_document(walk(alice)))
    assert new.owner == bob
    assert new.endpoint and new.endpoint.label == "Lake"
    assert {media.owner for media in Media.objects.filter(messages__conversation=new)} == {bob}


def test_a_rating_comes_along_and_is_of_whoever_brings_it(alice: User, bob: User) -> None:
    conversation = walk(alice)
    rate(conversation.messages.get(status="failed"), ("down", "wrong"), "The lake is dry.")
    told = as_document(conversation)
    assert [message["rating"] for message in told["messages"]] == [
        None,
        {
            "thumb": "down",
            "reason": "wrong",
            "comment": "The lake is dry.",
            "rated_at": NOON.isoformat(),
        },
        None,
    ]
    [archived] = [data for name, data in zipped([conversation]).items() if name.endswith(".json")]
    assert json.loads(archived)["messages"] == told["messages"]
    rating = Rating.objects.get(message__conversation=import_document(bob, told))
    assert (rating.owner, rating.message.text) == (bob, "To the *lake*")
    assert (rating.thumb, rating.reason, rating.comment, rating.rated_at) == (
        "down",
        "wrong",
        "The lake is dry.",
        NOON,
    )


def test_lists_know_of_what_is_brought_in(alice: User) -> None:
    new = import_document(alice, as_document(walk(alice)))
    assert (new.message_count, new.state, new.has_errors, new.has_images) == (
        3,
        "complete",
        True,
        True,
    )


def test_an_endpoint_that_is_not_for_the_new_owner_is_left_out(alice: User, bob: User) -> None:
    document = as_document(walk(alice))
    Conversation.objects.get().endpoint.delete()  # type: ignore[union-attr]
    new = import_document(bob, document)
    assert (new.endpoint, new.model) == (None, "perch")


def test_an_answer_in_the_making_comes_back_interrupted(alice: User) -> None:
    conversation = make_conversation(alice)
    make_message(conversation, "So far", "assistant", status="streaming")
    new = import_document(alice, as_document(conversation))
    assert new.state == "interrupted"
    assert new.messages.get().status == "interrupted"


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_leaves_nothing_behind(alice: User) -> None:
    document = json.dumps(as_document(walk(alice))).encode()
    Conversation.objects.all().delete()
    Media.objects.all().delete()
    [result] = import_bytes(alice, document, dry_run=True)
    assert (result.title, result.messages, result.problem) == ("A walk", 3, "")
    assert not Conversation.objects.exists()
    assert not Media.objects.exists()

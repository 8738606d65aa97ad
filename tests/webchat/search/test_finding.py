"""Who finds what."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_conversation, make_message
from tests.webchat.search.conftest import Titles, titles
from webchat.models import Conversation, Message, User
from webchat.search import engine, finding, postgresql, sqlite
from webchat.search.engine import TooSlow
from webchat.search.engines import ENGINES
from webchat.search.finding import PAGE_LENGTH, for_staff, for_user

HOSTILE = [
    "\"' OR 1=1 --",
    'a" AND "b',
    "a* NEAR(b) NOT c",
    "{a b}: ^c",
    "'a':* & !b | <-> (c",
    "\\'; DROP TABLE search_entry; --",
    "%s %% %(name)s",
    "geese\0wild",
    "\ud800geese",
    "@1",
    "a" * 100_000,
    "geese " * 20_000,
    "全文" * 50_000,
]


def test_people_find_titles_and_messages(alice: User, search: Titles) -> None:
    conversation = make_conversation(alice, "Wild geese")
    make_message(conversation, "Where do they spend the winter?")
    make_message(conversation, "In **Spain**, mostly.", role="assistant")

    assert search(alice, "geese") == ["Wild geese"]
    assert search(alice, "winter") == ["Wild geese"]
    assert search(alice, "spain mostly") == ["Wild geese"]
    assert search(alice, "spain geese") == []  # words of one text


def test_a_hit_shows_where_it_was_found(alice: User, index: Callable[[], None]) -> None:
    conversation = make_conversation(alice, "Wild geese")
    make_message(conversation, "Do geese sleep?")
    newest = make_message(conversation, "Some geese do.", role="assistant")
    make_message(conversation, "Thanks!")
    index()
    (hit,) = for_user(alice, "geese").hits

    assert hit.message == newest
    assert hit.at == newest.created_at
    assert [piece.text for piece in hit.snippet if piece.marked] == ["geese"]
    assert [piece.text for piece in hit.title if piece.marked] == ["geese"]


def test_a_title_alone_is_a_hit_without_a_message(alice: User, index: Callable[[], None]) -> None:
    conversation = make_conversation(alice, "Wild geese")
    make_message(conversation, "Hello")
    index()
    (hit,) = for_user(alice, "geese").hits

    assert hit.message is None
    assert list(hit.snippet) == []
    assert hit.at == conversation.created_at


def test_nobody_finds_what_others_wrote(alice: User, bob: User, search: Titles) -> None:
    for owner in (alice, bob):
        make_message(make_conversation(owner, f"Of {owner.username}"), "Wild geese")

    assert search(alice, "geese") == ["Of alice"]
    assert search(bob, "geese") == ["Of bob"]
    assert search(bob, "alice") == []
    assert search(bob, f"@{alice.pk} geese") == []


def test_an_index_that_is_wrong_about_the_owner_shows_nothing(
    alice: User, bob: User, search: Titles, index: Callable[[], None]
) -> None:
    conversation = make_conversation(alice, "Of alice")
    make_message(conversation, "Wild geese")
    index()
    Conversation.objects.filter(pk=conversation.pk).update(owner=bob)

    assert search(alice, "geese") == []


def test_staff_find_everything(alice: User, bob: User, staff: User, search_all: Titles) -> None:
    for minutes, owner in enumerate((alice, bob)):
        conversation = make_conversation(owner, f"Of {owner.username}")
        make_message(conversation, "Wild geese", created_at=later(minutes))

    assert search_all(staff, "geese") == ["Of bob", "Of alice"]
    assert search_all(staff, "geese", owner=alice.pk) == ["Of alice"]
    assert search_all(staff, "geese", among=Conversation.objects.filter(owner=bob)) == ["Of bob"]


def test_staff_who_may_not_read_conversations_find_their_own(
    alice: User, staff: User, search_all: Titles, settings: object
) -> None:
    settings.STAFF_READS_CONVERSATIONS = False  # type: ignore[attr-defined]
    for owner in (alice, staff):
        make_message(make_conversation(owner, f"Of {owner.username}"), "Wild geese")

    assert search_all(staff, "geese") == ["Of staff"]
    assert search_all(staff, "geese", owner=staff.pk) == ["Of staff"]
    assert search_all(staff, "geese", owner=alice.pk) == []
    others = Conversation.objects.filter(title="Of alice")
    assert search_all(staff, "geese", among=others) == []


def test_archived_conversations_are_found_and_temporary_ones_are_not(
    alice: User, search: Titles
) -> None:
    make_message(make_conversation(alice, "Archived", archived=True), "Wild geese")
    make_message(make_conversation(alice, "Temporary", temporary=True), "Wild geese")

    assert search(alice, "geese") == ["Archived"]


def test_the_newest_message_comes_first(alice: User, search: Titles) -> None:
    now = timezone.now()
    for days in (3, 1, 2):
        conversation = make_conversation(alice, f"{days} days ago")
        make_message(conversation, "Wild geese", created_at=now - timedelta(days=days))

    assert search(alice, "geese") == ["1 days ago", "2 days ago", "3 days ago"]


def test_a_query_without_words_asks_nothing_of_the_database(
    alice: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        page = for_user(alice, " … ")

    assert not page.is_asked
    assert not page.hits


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_no_query_is_anything_but_words(alice: User, query: str, search: Titles) -> None:
    make_message(make_conversation(alice, "A walk"), "Wild geese, OR a b c not near")

    assert search(alice, query) in ([], ["A walk"])
    assert search(alice, "geese") == ["A walk"]


@pytest.mark.parametrize("before", ["", "x", "-5.", "1.2", "9" * 40, "5.zz", "\0", "1." + "0" * 32])
def test_a_cursor_may_say_anything(alice: User, before: str, search: Titles) -> None:
    make_message(make_conversation(alice), "Wild geese")

    assert search(alice, "geese", before) in ([], ["A walk"])


def later(minutes: int) -> datetime:
    return timezone.now() - timedelta(days=1) + timedelta(minutes=minutes)


def walk(user: User, query: str) -> list[list[str]]:
    """All pages of a search."""
    pages = [for_user(user, query)]
    while pages[-1].before:
        pages.append(for_user(user, query, pages[-1].before))
        assert len(pages) < 100
    return [titles(page) for page in pages]


def test_pages_follow_one_another_to_the_end(alice: User, index: Callable[[], None]) -> None:
    made = [f"Number {number}" for number in range(2 * PAGE_LENGTH + 5)]
    for minutes, title in enumerate(made):
        conversation = make_conversation(alice, title)
        for _ in range(3):
            make_message(conversation, "Wild geese", created_at=later(minutes))
    index()
    pages = walk(alice, "geese")

    assert [len(page) for page in pages] == [PAGE_LENGTH, PAGE_LENGTH, 5]
    assert [title for page in pages for title in page] == made[::-1]


def test_pages_are_stable_while_new_messages_come(alice: User, index: Callable[[], None]) -> None:
    conversations = [make_conversation(alice, f"Number {number}") for number in range(30)]
    for minutes, conversation in enumerate(conversations):
        make_message(conversation, "Wild geese", created_at=later(minutes))
    index()
    first = for_user(alice, "geese")
    make_message(make_conversation(alice, "New"), "Wild geese", created_at=later(40))
    make_message(conversations[2], "Wild geese", created_at=later(41))
    index()
    second = for_user(alice, "geese", first.before)

    assert titles(first) + titles(second) == [f"Number {n}" for n in reversed(range(30))]


def test_a_conversation_full_of_hits_is_one_hit(
    alice: User, index: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_message(make_conversation(alice, "Old"), "Wild geese", created_at=later(0))
    long = make_conversation(alice, "Long")
    for number in range(30):
        make_message(long, f"Wild geese {number}")
    index()
    monkeypatch.setattr(finding._search, "__kwdefaults__", {"limit": 10})

    assert walk(alice, "geese") == [["Long"], ["Old"]]


def queries(user: User, query: str, before: str = "") -> int:
    with CaptureQueriesContext(connection) as captured:
        for_user(user, query, before)
    return len(captured)


def test_the_number_of_queries_does_not_grow(alice: User, index: Callable[[], None]) -> None:
    make_message(make_conversation(alice), "Wild geese")
    index()
    few = queries(alice, "geese")
    for _ in range(2 * PAGE_LENGTH):
        make_message(make_conversation(alice), "Wild geese")
    index()

    assert queries(alice, "geese") == few
    assert queries(alice, "geese", for_user(alice, "geese").before) == few
    assert queries(alice, "wild gee") == few


@pytest.mark.parametrize("reach", [0, 1, 1_000_000])
def test_rare_words_are_found_behind_the_newest_entries(
    alice: User, index: Callable[[], None], monkeypatch: pytest.MonkeyPatch, reach: int
) -> None:
    monkeypatch.setattr(postgresql, "LOOKED_AT", 10)
    monkeypatch.setattr(postgresql, "REACH", reach)
    now = timezone.now()
    for number in range(50):
        conversation = make_conversation(alice, f"Number {number}", created_at=now)
        text = "Wild geese" if number % 20 == 5 else "Nothing"
        make_message(conversation, text, created_at=now - timedelta(hours=number))
    index()

    assert titles(for_user(alice, "geese")) == ["Number 5", "Number 25", "Number 45"]
    assert titles(for_staff(alice, "gee")) == ["Number 5", "Number 25", "Number 45"]


def test_what_takes_too_long_is_given_up(
    alice: User, index: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        make_message(make_conversation(alice), f"Wild geese {number}")
    index()
    if connection.vendor == "sqlite":
        monkeypatch.setattr(sqlite, "SECONDS", -1)
        monkeypatch.setattr(sqlite, "LOOK_AFTER", 1)
    else:
        monkeypatch.setattr(postgresql, "IN_ORDER", "pg_sleep(60) IS NOT NULL AND %s <> ''")
        monkeypatch.setattr(postgresql, "SECONDS", 0.05)
    with pytest.raises(TooSlow):
        for_user(alice, "geese")
    monkeypatch.undo()

    assert titles(for_user(alice, "geese 7 ")) == ["A walk"]


def test_every_database_has_its_engine() -> None:
    assert set(ENGINES) == {"sqlite", "postgresql"}
    assert engine.now() < engine.NEWEST


def test_a_message_of_a_growing_answer_is_found_when_it_has_ended(
    alice: User, search: Titles
) -> None:
    conversation = make_conversation(alice)
    status = Message.Status
    answer = make_message(conversation, "Wild", role="assistant", status=status.STREAMING)

    assert search(alice, "wild") == []
    Message.objects.filter(pk=answer.pk).update(text="Wild geese")
    assert search(alice, "wild") == []
    Message.objects.filter(pk=answer.pk).update(text="Wild geese fly", status=status.COMPLETE)
    assert search(alice, "fly") == ["A walk"]

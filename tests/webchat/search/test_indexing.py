"""The index follows what is written, renamed and deleted, whoever does it."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import connection, models
from django.utils import timezone

from tests.factories import make_conversation, make_message
from tests.webchat.search.conftest import Titles
from webchat.models import Conversation, Message, User
from webchat.search import triggers
from webchat.search.engine import Entry, Wanted, number
from webchat.search.engines import engine
from webchat.search.indexing import index_new, index_some, is_waiting
from webchat.search.terms import terms


def count(table: str = "search_entry") -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def integrity() -> None:
    """FTS5 compares its lists with the entries; PostgreSQL keeps its index by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)"
            )


def test_nothing_waits_when_everything_is_indexed(alice: User, index: Callable[[], None]) -> None:
    index()
    make_message(make_conversation(alice), "Wild geese")

    assert is_waiting()
    index()
    assert not is_waiting()
    assert count() == 2


def test_a_renamed_conversation_is_found_by_its_new_title_only(alice: User, search: Titles) -> None:
    conversation = make_conversation(alice, "Wild geese")
    assert search(alice, "geese") == ["Wild geese"]
    conversation.title = "Tame ducks"
    conversation.save()

    assert search(alice, "geese") == []
    assert search(alice, "ducks") == ["Tame ducks"]
    integrity()


def test_a_deleted_message_goes_at_once(alice: User, search: Titles) -> None:
    conversation = make_conversation(alice)
    message = make_message(conversation, "Wild geese")
    assert search(alice, "geese") == ["A walk"]
    message.delete()

    assert count() == 1
    assert search(alice, "geese") == []
    integrity()


def test_nothing_stays_of_a_deleted_conversation_or_person(alice: User, search: Titles) -> None:
    for _ in range(2):
        make_message(make_conversation(alice), "Wild geese")
    assert len(search(alice, "geese")) == 2
    Conversation.objects.first().delete()  # type: ignore[union-attr]
    assert count() == 2
    alice.delete()

    assert count() == 0
    assert engine().find(Wanted(terms("geese"))) == []
    integrity()


def test_a_message_that_goes_before_it_was_indexed_never_comes(alice: User, search: Titles) -> None:
    message = make_message(make_conversation(alice), "Wild geese")
    message.delete()

    assert search(alice, "geese") == []
    assert not is_waiting()


def test_rows_that_others_write_are_found(alice: User, search: Titles) -> None:
    conversation = Conversation(owner=alice, title="Imported")
    Conversation.objects.bulk_create([conversation])
    message = Message(conversation=conversation, role="user", text="Wild geese")
    Message.objects.bulk_create([message])
    assert search(alice, "geese") == ["Imported"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE webchat_message SET text = 'Tame ducks'")

    assert search(alice, "geese") == []
    assert search(alice, "ducks") == ["Imported"]
    integrity()


def test_what_does_not_change_words_is_not_indexed_again(
    alice: User, index: Callable[[], None]
) -> None:
    message = make_message(make_conversation(alice), "Wild geese")
    index()
    message.html = "<p>Wild geese</p>"
    message.save()
    Conversation.objects.update(active_at=timezone.now())

    assert not is_waiting()


def test_the_newest_are_indexed_first(alice: User, index: Callable[[], None]) -> None:
    index()
    conversation = make_conversation(alice, "")
    for text in ("first", "second", "third"):
        make_message(conversation, text)
    index_some(limit=1)

    assert engine().find(Wanted(terms("third"))) != []
    assert engine().find(Wanted(terms("first"))) == []


def test_messages_of_the_same_moment_all_have_their_place(
    alice: User, index: Callable[[], None]
) -> None:
    conversation, now = make_conversation(alice, ""), timezone.now()
    Message.objects.bulk_create(
        Message(conversation=conversation, role="user", text="Wild geese", created_at=now)
        for _ in range(300)
    )
    index()
    found = engine().find(Wanted(terms("geese"), limit=1000))

    assert len({one.number for one in found}) == 300
    assert all(abs(one.number - number(now)) < 100 * 3600 * 3 for one in found)


def test_where_a_time_has_no_place_left_an_entry_counts_as_the_newest(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.search.engine.NEXT", [0])
    monkeypatch.setattr("webchat.search.engine.SPREADS", [0])
    conversation, now = make_conversation(alice), timezone.now()
    sources = [conversation.pk, make_message(conversation).pk, make_message(conversation).pk]
    engine().write([Entry(pk, conversation.pk, alice.pk, now, ["geese"]) for pk in sources])

    found = engine().find(Wanted(terms("geese")))
    assert [one.number - number(now) for one in found] == [2, 1, 0]


@pytest.mark.parametrize("years", [-300, -60, 0, 60])
def test_any_date_can_be_indexed(alice: User, search: Titles, years: int) -> None:
    moment = timezone.now() + timedelta(days=365 * years)
    make_message(make_conversation(alice, created_at=moment), "Wild geese", created_at=moment)

    assert search(alice, "geese") == ["A walk"]


def test_the_command_makes_everything_anew(alice: User, search: Titles) -> None:
    make_message(make_conversation(alice), "Wild geese")
    assert search(alice, "geese") == ["A walk"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM search_entry")
    assert search(alice, "geese") == []
    said = StringIO()
    call_command("index_messages", stdout=said)

    assert search(alice, "geese") == ["A walk"]
    assert said.getvalue().splitlines()[0] == "0 %, 0 of 2"
    assert said.getvalue().splitlines()[-2:] == ["100 %, 2 of 2", "The search index is complete."]
    assert triggers.names_there() >= set(triggers.NAMES)
    integrity()


def test_the_command_is_content_with_nothing(db: None) -> None:
    call_command("index_messages", stdout=(said := StringIO()))

    assert "complete" in said.getvalue()


def drop_triggers() -> None:
    tables = {name: when.split(" ON ")[1] for name, (when, _) in triggers.WHEN.items()}
    with connection.cursor() as cursor:
        for name, table in tables.items():
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER search_{name}{on}")


def test_what_came_while_there_were_no_triggers_is_found(alice: User, search: Titles) -> None:
    make_message(make_conversation(alice, "Before"), "Wild geese")
    search(alice, "geese")
    drop_triggers()
    make_message(make_conversation(alice, "Without"), "Wild geese")
    assert search(alice, "geese") == ["Before"]
    triggers.restore()

    assert count("search_queue") == 2
    assert search(alice, "geese") == ["Without", "Before"]


@pytest.mark.django_db(transaction=True)
def test_a_table_that_a_migration_rebuilds_has_its_triggers_again(
    transactional_db: None,
) -> None:
    field: models.Field[bool, bool] = models.BooleanField(default=False)
    field.set_attributes_from_name("trial")
    for change in ("add_field", "remove_field"):
        for model in (Message, Conversation):
            with connection.schema_editor() as editor:
                getattr(editor, change)(model, field)
        call_command("migrate", verbosity=0)

        assert triggers.names_there() >= set(triggers.NAMES)


@pytest.mark.django_db(transaction=True)
def test_the_migration_can_be_taken_back(transactional_db: None) -> None:
    call_command("migrate", "webchat", "0014", verbosity=0)
    left = [name for name in connection.introspection.table_names() if name.startswith("search")]
    names = triggers.names_there()
    call_command("migrate", verbosity=0)

    assert not left
    assert not names
    assert triggers.names_there() >= set(triggers.NAMES)


@pytest.mark.django_db(transaction=True)
async def test_the_chore_indexes_what_waits(alice: User) -> None:
    await sync_to_async(lambda: make_message(make_conversation(alice), "Wild geese"))()
    await index_new()

    assert await sync_to_async(engine().find)(Wanted(terms("geese")))
    assert not await sync_to_async(is_waiting)()

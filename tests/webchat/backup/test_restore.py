"""A restore takes what is Webchat's, and nothing while somebody uses it."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.webchat.backup.conftest import Maker
from tests.webchat.backup.installation import Filled, Installation, copy, opened, unchanged

OTHERS = ("auth_user", "search_notes", "shop_order")
"""Tables of another program; the first has the name of one that Django makes elsewhere."""
STREAMING = (
    "UPDATE webchat_message SET status = 'streaming' WHERE id ="
    " (SELECT message_id FROM webchat_run)"
)


def words(installation: Installation, table: str) -> list[tuple[Any, ...]]:
    return installation.query(f"SELECT word FROM {table}")  # noqa: S608 - no input


def add_table(installation: Installation, name: str) -> None:
    installation.execute(
        f"CREATE TABLE {name} (word text)",
        f"INSERT INTO {name} VALUES ('theirs')",  # noqa: S608 - no input
    )


def update_to_a_later_release(installation: Installation) -> None:
    """Make a table and the mark of a migration that this release does not know."""
    installation.execute(
        "CREATE TABLE webchat_flight (word text)",
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('webchat', '9999_flying', CURRENT_TIMESTAMP)",
    )


def test_a_restore_replaces_all_tables_of_webchat_and_no_others(
    filled: Filled, archive: Path, saved: Any, make: Maker
) -> None:
    """If the table of a later release stayed, its migration would find it at the next update."""
    shared = make("shared")
    shared.folder.mkdir(exist_ok=True)
    shutil.copy(filled.folder / "field-key", shared.folder)
    for name in OTHERS:
        add_table(shared, name)
    shared.manage("restore", str(archive))
    assert [words(shared, name) for name in OTHERS] == [[("theirs",)]] * len(OTHERS)

    update_to_a_later_release(shared)
    shared.execute(STREAMING, "UPDATE webchat_run SET heartbeat_at = '2020-01-01 00:00:00'")
    shared.manage("restore", str(archive), "--replace")
    assert [words(shared, name) for name in OTHERS] == [[("theirs",)]] * len(OTHERS)
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
        words(shared, "webchat_flight")
    assert shared.everything() == saved


def test_a_table_that_only_has_a_name_of_ours_stops_the_restore_and_stays(
    archive: Path, make: Maker
) -> None:
    fresh = make("taken")
    add_table(fresh, "auth_group")

    assert "could not be restored" in fresh.manage("restore", str(archive), fails=True)
    assert words(fresh, "auth_group") == [("theirs",)]


def test_nothing_is_touched_while_another_process_has_the_database_open(
    filled: Filled, archive: Path
) -> None:
    """The shell does not know the socket of the service: its HOST stands in the unit alone."""
    with unchanged(filled), opened(filled) as database:
        database.execute("SELECT 1 FROM webchat_user")
        refusal = filled.manage("restore", str(archive), "--replace", fails=True)

    assert "every process of Webchat" in refusal


def test_nothing_is_touched_while_answers_are_made(archive: Path, tmp_path: Path) -> None:
    """Behind a pooler the connections of others are not seen, but what they do is.

    A run without a heartbeat stops nothing: see the test of all tables.
    """
    busy = copy(tmp_path / "busy")
    now = "now()" if busy.database else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    busy.execute(STREAMING, f"UPDATE webchat_run SET heartbeat_at = {now}")  # noqa: S608 - no input

    with unchanged(busy):
        refusal = busy.manage("restore", str(archive), "--replace", fails=True)
    assert "Answers are being made" in refusal

"""A restore takes what is Webchat's, and nothing while somebody uses it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.webchat.backup.test_backup import Installation, Maker
from tests.webchat.backup.test_backup import archive as archive
from tests.webchat.backup.test_backup import filled as filled
from tests.webchat.backup.test_backup import make as make

OTHERS = ("auth_user", "search_notes", "shop_order")
"""Tables of another program; the first has the name of one that Django makes elsewhere."""


@contextmanager
def opened(installation: Installation) -> Iterator[sqlite3.Connection | psycopg.Connection]:
    """The database, past the product."""
    if installation.database:
        with psycopg.connect(installation.database, autocommit=True) as postgresql:
            yield postgresql
    else:
        installation.folder.mkdir(exist_ok=True)
        file = installation.folder / "db.sqlite3"
        with closing(sqlite3.connect(file, isolation_level=None)) as sqlite:
            yield sqlite


def tell(installation: Installation, *statements: str) -> None:
    with opened(installation) as database:
        for statement in statements:
            database.execute(statement.encode() if installation.database else statement)  # type: ignore[arg-type]


def rows(installation: Installation, table: str) -> list[tuple[str]]:
    with opened(installation) as database:
        return list(database.execute(f"SELECT word FROM {table}"))  # type: ignore[arg-type]  # noqa: S608 - no input


def add_others(installation: Installation) -> None:
    for name in OTHERS:
        tell(installation, f"CREATE TABLE {name} (word text)")
        tell(installation, f"INSERT INTO {name} VALUES ('theirs')")  # noqa: S608 - no input


def test_tables_of_another_program_stay(filled: Installation, archive: Path, make: Maker) -> None:
    fresh = make("shared")
    add_others(fresh)
    fresh.manage("restore", str(archive))
    fresh.manage("restore", str(archive), "--replace")

    assert [rows(fresh, name) for name in OTHERS] == [[("theirs",)]] * len(OTHERS)
    assert fresh.everything()["files"] == filled.everything()["files"]


def test_a_table_that_only_has_a_name_of_ours_stops_the_restore_and_stays(
    archive: Path, make: Maker
) -> None:
    fresh = make("taken")
    tell(fresh, "CREATE TABLE auth_group (word text)", "INSERT INTO auth_group VALUES ('theirs')")

    assert "could not be restored" in fresh.manage("restore", str(archive), fails=True)
    assert rows(fresh, "auth_group") == [("theirs",)]


def test_what_a_later_release_has_made_goes(archive: Path, make: Maker) -> None:
    """Its migration would find the table there when the update is made again."""
    fresh = make("later")
    fresh.manage("migrate", "--verbosity=0")
    tell(
        fresh,
        "CREATE TABLE webchat_flight (word text)",
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('webchat', '9999_flying', CURRENT_TIMESTAMP)",
    )
    fresh.manage("restore", str(archive))

    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
        rows(fresh, "webchat_flight")


def test_nothing_is_touched_while_somebody_has_the_database_open(
    filled: Installation, archive: Path
) -> None:
    """The shell does not know the socket of the service: its HOST stands in the unit alone."""
    before = filled.everything()
    with opened(filled) as database:
        database.execute("SELECT 1 FROM webchat_user")
        told = filled.manage("restore", str(archive), "--replace", fails=True)

    assert "every process of Webchat" in told
    assert filled.everything() == before


def test_nothing_is_touched_while_answers_are_made(
    filled: Installation, archive: Path, make: Maker
) -> None:
    """Behind a pooler the connections of others are not seen, but what they do is."""
    busy = make("busy")
    busy.manage("restore", str(archive))
    now = "now()" if busy.database else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    tell(
        busy,
        "UPDATE webchat_message SET status = 'streaming' WHERE id ="
        " (SELECT message_id FROM webchat_run)",
        f"UPDATE webchat_run SET heartbeat_at = {now}",  # noqa: S608 - no input
    )

    assert "Answers are being made" in busy.manage("restore", str(archive), "--replace", fails=True)
    tell(busy, "UPDATE webchat_run SET heartbeat_at = '2020-01-01 00:00:00'")
    busy.manage("restore", str(archive), "--replace")
    assert busy.everything()["files"] == filled.everything()["files"]

"""The index on SQLite: FTS5, which walks the entries of a word from the newest on.

`search_index` keeps of each word the numbers of its entries, without their places, and the same for
the first one, two and three letters of words. An AND of words jumps in these lists, the word of
the owner included, so the commonest word costs a person no more than their own entries do. The
words of an entry stay in `search_entry` as well: FTS5 must be told them to forget them.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from webchat.search.engine import SECONDS, Engine, Entry, Found, TooSlow, Wanted, owner_word
from webchat.search.terms import Term
from webchat.sql import key

LOOK_AFTER = 10_000  # steps of SQLite's machine; some milliseconds
REMOVED = "search_entry_removed"


def phrase(term: Term) -> str:
    """A term as FTS5 reads it. Words have no quotes in them."""
    return f'"{term.text}" *' if term.is_prefix else f'"{term.text}"'


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give up what takes longer. Raises TooSlow."""
    connection.ensure_connection()
    raw: Any = connection.connection
    end = time.monotonic() + seconds
    raw.set_progress_handler(lambda: time.monotonic() > end, LOOK_AFTER)
    try:
        yield
    except OperationalError as error:
        if str(error) == "interrupted":
            raise TooSlow from error
        raise
    finally:
        raw.set_progress_handler(None, 0)


class Sqlite(Engine):
    def find(self, wanted: Wanted) -> list[Found]:
        owner = [] if wanted.owner is None else [Term(owner_word(wanted.owner))]
        match = " AND ".join(map(phrase, [*owner, *wanted.terms]))
        values: list[Any] = [match, wanted.below, key(wanted.without), wanted.limit]
        with within(SECONDS), connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.id, e.conversation, e.source"
                " FROM search_index CROSS JOIN search_entry e ON e.id = search_index.rowid"
                " WHERE search_index MATCH %s AND search_index.rowid < %s AND e.conversation <> %s"
                " ORDER BY search_index.rowid DESC LIMIT %s",
                values,
            )
            rows = cursor.fetchall()
        return [Found(row[0], UUID(row[1]), UUID(row[2])) for row in rows]

    def insert(self, rows: Iterable[tuple[int, Entry]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO search_entry (id, source, conversation, owner, words)"
                " VALUES (%s, %s, %s, %s, %s)",
                [
                    (
                        found,
                        key(entry.source),
                        key(entry.conversation),
                        entry.owner,
                        " ".join([owner_word(entry.owner), *entry.words]),
                    )
                    for found, entry in rows
                ],
            )

    def alone(self, *, wait: bool) -> bool:
        return True  # a transaction is the only one that writes

    def empty(self) -> None:
        """Without the trigger that tells FTS5 of each entry that goes: it forgets all by itself."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [REMOVED])
            (trigger,) = cursor.fetchone()
            cursor.execute(f"DROP TRIGGER {REMOVED}")
            cursor.execute("DELETE FROM search_entry")
            cursor.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
            cursor.execute(trigger)

    @contextmanager
    def filling(self) -> Iterator[None]:
        yield

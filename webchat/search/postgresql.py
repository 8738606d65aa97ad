"""The index on PostgreSQL: a tsvector for each entry and a GIN index over them.

GIN finds all entries that fit and knows no order, which is right for rare words only: of a common
one it would read half the table to show the newest few. So the newest entries are looked at one
by one first. Where these do not have enough, the words are rare, there at least, and GIN finds the
rest: in the time right before these, and only then in all that is left.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

from webchat.search.engine import SECONDS, Engine, Entry, Found, TooSlow, Wanted, now, owner_word
from webchat.search.terms import Term

LOOKED_AT = 20_000  # entries, some ten milliseconds; nobody but staff and a few have more
REACH = 10  # how many times the span of these the first look with GIN goes back
LOCK = 0x7765_6263  # any number, the same for every process
QUERY_CANCELED = "57014"
INDEX = "CREATE INDEX IF NOT EXISTS search_entry_words ON search_entry USING gin (words) WITH (fastupdate = off)"
IN_ORDER = "(words @@ %s::tsquery) IS TRUE"  # said like this, it can use no index
BY_INDEX = "words @@ %s::tsquery"


def lexeme(term: Term) -> str:
    """A term as a tsquery has it. Words have no quotes and backslashes in them."""
    return f"'{term.text}':*" if term.is_prefix else f"'{term.text}'"


class Postgresql(Engine):
    def find(self, wanted: Wanted) -> list[Found]:
        try:
            with transaction.atomic():
                self._limit_time()
                return self._find(wanted)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") == QUERY_CANCELED:
                raise TooSlow from error
            raise

    def _limit_time(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true)",
                [str(SECONDS * 1000)],
            )

    def _find(self, wanted: Wanted) -> list[Found]:
        cut = self._cut(wanted)
        found = self._select(wanted, IN_ORDER, "id DESC", cut, wanted.below)
        before = cut - REACH * max(0, min(wanted.below, now()) - cut)
        for low, high in ((before, cut), (0, before)):
            if high > 0 and len(found) < wanted.limit:
                # A sum has no index, so that the entries are not walked in its order.
                found += self._select(wanted, BY_INDEX, "id + 0 DESC", max(low, 0), high)
        return found[: wanted.limit]

    def _cut(self, wanted: Wanted) -> int:
        """The number from which on entries are looked at one by one; 0 for all of them."""
        owner, values = self._owner(wanted)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM search_entry WHERE {owner} id < %s"  # noqa: S608 - no input
                " ORDER BY id DESC OFFSET %s LIMIT 1",
                [*values, wanted.below, LOOKED_AT],
            )
            row = cursor.fetchone()
        return row[0] if row else 0

    def _select(self, wanted: Wanted, fits: str, order: str, low: int, high: int) -> list[Found]:
        owner, values = self._owner(wanted)
        terms = [*wanted.terms]
        if fits is BY_INDEX and wanted.owner is not None:
            terms.append(Term(owner_word(wanted.owner)))
        query = " & ".join(map(lexeme, terms))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, conversation, source FROM search_entry WHERE {owner} {fits}"  # noqa: S608 - no input
                f" AND id >= %s AND id < %s AND conversation <> %s ORDER BY {order} LIMIT %s",
                [*values, query, low, high, wanted.without, wanted.limit],
            )
            return [Found(*row) for row in cursor.fetchall()]

    def _owner(self, wanted: Wanted) -> tuple[str, list[Any]]:
        return ("", []) if wanted.owner is None else ("owner = %s AND", [wanted.owner])

    def insert(self, rows: Iterable[tuple[int, Entry]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO search_entry (id, source, conversation, owner, words)"
                " VALUES (%s, %s, %s, %s, array_to_tsvector(%s::text[]))",
                [
                    (
                        found,
                        entry.source,
                        entry.conversation,
                        entry.owner,
                        [owner_word(entry.owner), *entry.words],
                    )
                    for found, entry in rows
                ],
            )

    def alone(self, *, wait: bool) -> bool:
        lock = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {lock}(%s)", [LOCK])
            return wait or bool(cursor.fetchone()[0])

    def empty(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE search_entry")

    @contextmanager
    def filling(self) -> Iterator[None]:
        """GIN is made many times faster over all entries than entry by entry."""
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS search_entry_words")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(INDEX)
                cursor.execute("ANALYZE search_entry")

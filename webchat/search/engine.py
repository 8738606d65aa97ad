"""What both databases do for a search, each in its own way.

An **entry** is what is searched: a message that ended, or the title of a conversation. Its number
is the time it was written, so that the newest has the largest, and its words are those of
`words.py` and one more that names its owner. `search_entry` and `search_queue` are no models:
nobody but this package uses them, a backup does not hold them, and triggers keep them in step with
whatever writes messages (`triggers.py`).
"""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from webchat.search.terms import Term
from webchat.sql import key

SECONDS = 3  # a search that takes longer is given up; it answers in a tenth of this
NOWHERE = UUID(int=0)  # no conversation
NEWEST = 2**62  # no number of an entry is larger
NEXT = range(8)  # numbers right behind a time's own, so that a burst stays in order
SPREADS = (8, 12, 16, 20)  # bits to spread by when these are taken; the last is three hours


class TooSlow(Exception):
    """The database would need too long for this search."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be found as `source`: the id of a message, or of a conversation for its title."""

    source: UUID
    conversation: UUID
    owner: int
    written_at: datetime
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that a search has found."""

    number: int
    conversation: UUID
    source: UUID

    @property
    def is_title(self) -> bool:
        return self.source == self.conversation


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search: entries with all of these words, numbered below `below`, newest first.

    `owner` limits it to the conversations of one person; those of `without` are passed over.
    """

    terms: Sequence[Term]
    owner: int | None = None
    below: int = NEWEST
    without: UUID = NOWHERE
    limit: int = 300


def owner_word(owner: int) -> str:
    """The word that every entry of this person has. No word of a text has a sign in it."""
    return f"@{owner}"


def number(moment: datetime) -> int:
    """Hundredths of seconds: fine enough to order by, and short in an index of differences."""
    return max(1, int(moment.timestamp() * 100))


def now() -> int:
    return number(timezone.now())


def _numbers(entry: Entry) -> list[int]:
    """The numbers an entry may get, ever farther from its time, which others may have too."""
    first, chance = number(entry.written_at), zlib.crc32(entry.source.bytes)
    near = [first + step for step in NEXT]
    return near + [first + chance % (1 << bits) for bits in SPREADS]


class Engine(ABC):
    """The full-text index of one kind of database."""

    @abstractmethod
    def find(self, wanted: Wanted) -> list[Found]:
        """The newest entries that fit. Raises TooSlow."""

    @abstractmethod
    def insert(self, rows: Iterable[tuple[int, Entry]]) -> None:
        """Add entries under their numbers, in ascending order."""

    @abstractmethod
    def alone(self, *, wait: bool) -> bool:
        """Whether nobody else indexes until the end of this transaction; `wait` until it is so."""

    @abstractmethod
    def empty(self) -> None:
        """Forget every entry, at once."""

    @abstractmethod
    def filling(self) -> AbstractContextManager[None]:
        """Within, an empty index is filled as fast as can be."""

    def write(self, entries: Sequence[Entry]) -> None:
        """Index these in place of what was indexed for their sources before."""
        self.remove([entry.source for entry in entries])
        with_words = [entry for entry in entries if entry.words]
        self.insert(sorted(self._numbered(with_words), key=lambda row: row[0]))

    def remove(self, sources: Sequence[UUID]) -> None:
        """Forget what was indexed for these."""
        self._run("DELETE FROM search_entry WHERE source", list(map(key, sources)))

    def _numbered(self, entries: Sequence[Entry]) -> Iterator[tuple[int, Entry]]:
        """Each entry with a number that no other has."""
        entries = sorted(entries, key=lambda entry: entry.written_at)
        possible = [_numbers(entry) for entry in entries]
        taken = self._taken({one for numbers in possible for one in numbers})
        for numbers, entry in zip(possible, entries, strict=True):
            free = next((one for one in numbers if one not in taken), 0) or self._above(taken)
            taken.add(free)
            yield free, entry

    def _taken(self, numbers: set[int]) -> set[int]:
        with connection.cursor() as cursor:
            places = ", ".join(["%s"] * len(numbers)) or "NULL"
            cursor.execute(
                f"SELECT id FROM search_entry WHERE id IN ({places})",  # noqa: S608 - places only
                list(numbers),
            )
            return {row[0] for row in cursor.fetchall()}

    def _above(self, taken: set[int]) -> int:
        """Thousands were written at the very same time: this one counts as the newest."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT MAX(id) FROM search_entry")
            return 1 + max([cursor.fetchone()[0] or 0, *taken])

    def _run(self, beginning: str, values: Sequence[Any]) -> None:
        """A statement that ends in a condition on one of these values."""
        if values:
            with connection.cursor() as cursor:
                places = ", ".join(["%s"] * len(values))
                cursor.execute(f"{beginning} IN ({places})", values)

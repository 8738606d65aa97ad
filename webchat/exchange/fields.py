"""Reading what somebody else wrote: every value is of the kind and size it has to be.

A lenient reader would let a file decide about memory, addresses and the order of lists.
"""

import re
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

# PostgreSQL takes neither; they become what the edge of the providers makes of them.
_UNWELCOME = re.compile("[\\x00\\ud800-\\udfff]")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

NUMBER_MAX = 1e15  # what a JSON number of every reader holds exactly
ENTRIES_MAX = 100  # of a table like usage, which has a handful


class BadFile(Exception):
    """What was given cannot be brought in; `str()` of it is a sentence for the person."""


def clean(text: str) -> str:
    return _UNWELCOME.sub("\ufffd", text)


class Fields:
    """An object of the file; `place` says where it stands, for the sentence about what is wrong."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise BadFile(_("%(place)s is not an object.") % {"place": place})
        self._values = value
        self.place = place

    def wrong(self, name: str, reason: str) -> BadFile:
        place = f"{self.place}.{name}" if self.place else name
        return BadFile(f"{place}: {reason}")

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str, limit: int, *, cut: bool = False) -> str:
        """At most `limit` characters; what is longer is cut, or wrong."""
        value = self.raw(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(name, _("this has to be a text."))
        if len(value) > limit and not cut:
            raise self.wrong(name, _("this has more than %(limit)d characters.") % {"limit": limit})
        return clean(value[:limit])

    def one_of(self, name: str, choices: list[str]) -> str:
        value = self.raw(name)
        if value not in choices:
            raise self.wrong(
                name, _("this has to be one of: %(list)s.") % {"list": ", ".join(choices)}
            )
        return str(value)

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, _("this has to be true or false."))
        return bool(value)

    def number(self, name: str) -> float | None:
        value = self.raw(name)
        if value is not None and not is_number(value):
            raise self.wrong(name, _("this has to be a number."))
        return None if value is None else float(value)

    def moment(self, name: str) -> datetime:
        """A time with its zone; one that is yet to come is now."""
        try:
            found = parse_datetime(self.text(name, 64))
        except (ValueError, OverflowError):
            found = None
        if found is None or found.tzinfo is None or found < _EARLIEST:
            raise self.wrong(name, _("this has to be a time like 2026-11-24T20:00:00+00:00."))
        return min(found, timezone.now())

    def items(self, name: str, limit: int) -> list[Any]:
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, _("this has to be a list."))
        if len(value) > limit:
            raise self.wrong(name, _("this has more than %(limit)d entries.") % {"limit": limit})
        return value

    def objects(self, name: str, limit: int) -> list["Fields"]:
        place = f"{self.place}.{name}" if self.place else name
        return [
            Fields(value, f"{place}[{number}]")
            for number, value in enumerate(self.items(name, limit))
        ]

    def table(self, name: str) -> dict[str, Any]:
        """Names with a text, a number, true or false each."""
        value = self.raw(name)
        if value is None:
            return {}
        if not isinstance(value, dict) or len(value) > ENTRIES_MAX:
            raise self.wrong(name, _("this has to be an object with a few values."))
        if not all(_is_plain(key) and _is_scalar(one) for key, one in value.items()):
            raise self.wrong(name, _("this may hold texts, numbers, true and false."))
        return {key: clean(one) if isinstance(one, str) else one for key, one in value.items()}


def is_number(value: Any) -> bool:
    """A finite number that every database takes."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= NUMBER_MAX  # which no NaN is


def _is_plain(key: Any) -> bool:
    return isinstance(key, str) and 0 < len(key) <= 100 and key.isascii() and key.isprintable()


def _is_scalar(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 2000
    return value is None or isinstance(value, bool) or is_number(value)

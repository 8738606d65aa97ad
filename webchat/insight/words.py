"""Figures in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date
from math import isclose
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

NOTHING = "–"
LARGE = ((1_000_000_000, "%sbn"), (1_000_000, "%sM"), (1000, "%sk"))


def count(value: float) -> str:
    """1,234"""
    return number_format(round(value), use_l10n=True, force_grouping=True)


def brief(value: float) -> str:
    """12.3k, where there is little room."""
    for size, pattern in LARGE:
        if value >= size:
            return pattern % _short(value / size)
    return _short(value)


def _short(value: float) -> str:
    """One place after the point, where it says something."""
    rounded = round(value, 1)
    return number_format(rounded, 0 if rounded == round(rounded) or rounded >= 100 else 1)


def seconds(value: float) -> str:
    return _("%(seconds)s s") % {"seconds": number_format(value, 2 if value < 10 else 0)}


def seconds_brief(value: float) -> str:
    places = next((places for places in range(3) if isclose(value, round(value, places))), 3)
    return _("%(seconds)s s") % {"seconds": number_format(value, places)}


def rate(value: float) -> str:
    """Tokens a second."""
    return number_format(value, 1 if value < 10 else 0, use_l10n=True, force_grouping=True)


def share(value: float) -> str:
    percent = 100 * value
    return f"{number_format(percent, 0 if percent in {0, 100} else 1)}\N{NO-BREAK SPACE}%"


def day(value: date) -> str:
    return date_format(value, "MONTH_DAY_FORMAT")


def whole_day(value: date) -> str:
    return date_format(value, "DATE_FORMAT")


def _known(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: NOTHING if value is None else write(value)


WORDS: Mapping[str, Callable[[Any], str]] = {
    "text": _known(str),
    "long": _known(str),
    "count": _known(count),
    "seconds": _known(seconds),
    "rate": _known(rate),
    "share": _known(share),
    "bytes": _known(filesizeformat),
    "day": _known(whole_day),
    "time": _known(lambda value: date_format(localtime(value), "SHORT_DATETIME_FORMAT")),
}
"""What the columns of tables can be."""

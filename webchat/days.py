"""Days as people name them, and the moments at which they begin."""

from datetime import date, datetime, time

from django.utils import timezone

EARLIEST, LATEST = date(1970, 1, 1), date(9000, 1, 1)
"""Between these every day has a day before and after it, in every time zone."""


def is_countable(day: date) -> bool:
    """Whether everything here can be worked out for this day."""
    return EARLIEST <= day <= LATEST


def midnight(day: date) -> datetime:
    """When the day begins, in the time zone that holds at the moment."""
    return timezone.make_aware(datetime.combine(day, time()))

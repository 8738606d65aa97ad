"""The days that figures are about, where the reader lives."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

DAYS = (7, 30, 90, 365)
LONGEST = 3 * 366  # days; a chart holds no more weeks
WEEKLY_FROM = 100  # days; more columns could not be told apart


@dataclass(frozen=True)
class Step:
    """A day or a week, both ends included as dates; `start` and `stop` are in UTC."""

    first: date
    last: date
    start: datetime
    stop: datetime


@dataclass(frozen=True)
class Period:
    """From the `first` day to the `last`, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def until(cls, last: date, days: int, zone: ZoneInfo) -> "Period":
        return cls(last - timedelta(days=days - 1), last, zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def is_weekly(self) -> bool:
        return self.days >= WEEKLY_FROM

    @cached_property
    def steps(self) -> list[Step]:
        """Every day, or of a long period every week: seven days each, from Monday on."""
        found, first = [], self.first
        while first <= self.last:
            length = 7 - first.weekday() if self.is_weekly else 1
            last = min(first + timedelta(days=length - 1), self.last)
            after = last + timedelta(days=1)
            found.append(Step(first, last, self._midnight(first), self._midnight(after)))
            first = after
        return found

    @property
    def start(self) -> datetime:
        return self.steps[0].start

    @property
    def stop(self) -> datetime:
        return self.steps[-1].stop

    def _midnight(self, day: date) -> datetime:
        """The moment the day begins; days with a change of the clock are shorter or longer."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

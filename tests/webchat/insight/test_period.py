"""Days and weeks where the reader lives."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from webchat.forms.period import PeriodForm
from webchat.insight.period import Period

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 24)


def test_days_begin_at_midnight_where_the_reader_lives() -> None:
    period = Period.until(TODAY, 7, BERLIN)
    assert (period.first, period.days) == (date(2026, 11, 18), 7)
    assert period.start == datetime(2026, 11, 17, 23, tzinfo=UTC)
    assert period.stop == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert [step.first for step in period.steps][-1] == TODAY


def test_the_day_the_clock_is_changed_has_an_hour_more() -> None:
    [step] = Period(date(2026, 10, 25), date(2026, 10, 25), BERLIN).steps
    assert step.stop - step.start == timedelta(hours=25)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"])
@pytest.mark.parametrize("days", [1, 30, 99, 100, 365, 1098])
def test_steps_follow_one_another_without_a_gap(zone: str, days: int) -> None:
    period = Period.until(TODAY, days, ZoneInfo(zone))
    steps = period.steps
    assert (steps[0].first, steps[-1].last) == (period.first, period.last)
    for before, after in pairwise(steps):
        assert before.stop == after.start
        assert before.last + timedelta(days=1) == after.first


def test_a_long_period_has_weeks_from_monday_on() -> None:
    steps = Period.until(TODAY, 365, BERLIN).steps
    assert len(steps) <= 54
    assert {step.first.weekday() for step in steps[1:]} == {0}
    assert {(step.last - step.first).days for step in steps[1:-1]} == {6}


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({}, "2026-10-26", "2026-11-24"),
        ({"days": "7"}, "2026-11-18", "2026-11-24"),
        ({"days": "7", "since": "2026-01-01"}, "2026-11-18", "2026-11-24"),
        ({"since": "2026-11-01", "until": "2026-11-03"}, "2026-11-01", "2026-11-03"),
        ({"since": "2026-11-20"}, "2026-11-20", "2026-11-24"),
        ({"since": "2027-01-01"}, "2027-01-01", "2027-01-01"),
        ({"until": "2026-11-03"}, "2026-10-05", "2026-11-03"),
        ({"since": "2020-01-01"}, "2023-11-23", "2026-11-24"),
    ],
)
def test_what_is_asked_for(asked: dict[str, str], first: str, last: str) -> None:
    form = PeriodForm(asked)
    period = form.period(TODAY, BERLIN)
    assert (str(period.first), str(period.last)) == (first, last)
    assert not form.errors


@pytest.mark.parametrize(
    "asked",
    [
        {"days": "8"},
        {"since": "yesterday"},
        {"since": "2026-11-03", "until": "2026-11-01"},
        {"since": "2020-01-01", "until": "2026-01-01"},
    ],
)
def test_what_cannot_be_read_gives_the_usual_days_and_a_reason(asked: dict[str, str]) -> None:
    form = PeriodForm(asked)
    assert form.period(TODAY, BERLIN) == Period.until(TODAY, 30, BERLIN)
    assert form.errors

"""Outcomes and ratings for these tests."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.factories import make_conversation, make_message
from webchat.insight.period import Period
from webchat.models import Outcome, Rating, User
from webchat.models.ids import uuid7

ZONE = ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 16)
WEEK = Period(MONDAY, MONDAY + timedelta(days=6), ZONE)


def at(day: int, clock: str = "12:00") -> datetime:
    """A time of the week's day of that number, where its reader lives."""
    moment = time.fromisoformat(clock)
    return datetime.combine(MONDAY + timedelta(days=day), moment, ZONE)


def make_outcome(owner: User | None, ended: datetime, **fields: Any) -> Outcome:
    usual = {"status": "complete", "model": "small", "provider": "Lake"}
    return Outcome.objects.create(
        message_id=uuid7(), owner=owner, started_at=ended, ended_at=ended, **usual | fields
    )


def make_rating(
    owner: User, rated: datetime, thumb: str, model: str = "small", **fields: Any
) -> Rating:
    answer = make_message(make_conversation(owner), "Yes", role="assistant", model=model)
    return Rating.objects.create(message=answer, owner=owner, thumb=thumb, rated_at=rated, **fields)

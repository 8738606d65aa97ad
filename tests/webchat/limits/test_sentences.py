"""What a person reads of limits."""

from datetime import datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from tests.webchat.limits.test_spending import make_outcome
from webchat.limits import Allowance, Spent, budget, reached
from webchat.models import User

TOKENS = Allowance(None, 50_000, 4, 1)
MESSAGES = Allowance(3, None, 4, 1)


def used(tokens: int = 0, messages: int = 0) -> Spent:
    return Spent(messages, tokens)


def test_who_is_below_every_limit_reads_nothing(alice: User) -> None:
    assert reached(alice, TOKENS, used(49_999)) is None
    assert reached(alice, MESSAGES, used(10**9, 2)) is None
    assert budget(alice, TOKENS, used(45_000)) == ""


def test_used_tokens_come_back_at_a_time_of_where_the_person_lives(alice: User) -> None:
    alice.time_zone, alice.chosen_time_zone = "Europe/Berlin", "Asia/Tokyo"
    now = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("UTC"))
    with patch.object(timezone, "now", lambda: now):
        make_outcome(alice, ago=21 * 3600 - 1, tokens=60_000)
        found = reached(alice, TOKENS, used(60_000))
    assert found is not None
    assert (found.code, found.retry_after) == ("tokens_used", 3 * 3600 + 1)
    assert found.message == (
        "You have used the 50,000 tokens you have for 24 hours. "
        "It goes on at midnight (in 3 hours)."
    )


@pytest.mark.parametrize(("ago", "wait"), [(37.5, "23 seconds"), (59.5, "1 second")])
def test_too_many_messages_come_back_in_seconds(alice: User, ago: float, wait: str) -> None:
    now = timezone.now()
    with patch.object(timezone, "now", lambda: now):
        for _ in range(3):
            make_outcome(alice, ago=ago)
        found = reached(alice, MESSAGES, used(messages=3))
    assert found is not None
    assert found.code == "too_often"
    assert found.message == f"You may ask 3 times a minute. It goes on in {wait}."


def test_the_last_tenth_of_the_tokens_is_told(alice: User) -> None:
    with translation.override("en"):
        line = budget(alice, TOKENS, used(45_001))
    assert line == "4,999 of your 50,000 tokens for 24 hours are left."


def test_when_none_are_left_the_line_says_when_there_are(alice: User) -> None:
    make_outcome(alice, ago=timedelta(hours=1).total_seconds(), tokens=60_000)
    assert budget(alice, TOKENS, used(60_000)).startswith("No tokens are left until ")


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [(60, "1 minute"), (61, "2 minutes"), (3599, "1 hour"), (5401, "2 hours"), (86399, "24 hours")],
)
def test_waits_are_told_in_round_numbers(alice: User, seconds: int, wait: str) -> None:
    now = timezone.now()
    with patch.object(timezone, "now", lambda: now):
        make_outcome(alice, ago=86400 - seconds, tokens=60_000)
        found = reached(alice, TOKENS, used(60_000))
    assert found is not None
    assert f"(in {wait})" in found.message

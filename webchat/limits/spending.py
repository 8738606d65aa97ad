"""What a person has asked for lately, in all processes, from what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from webchat.models import Message, Outcome, Run
from webchat.sql import moment

MINUTE = timedelta(minutes=1)
DAY = timedelta(hours=24)

# In plain SQL, as it comes with every message. An answer has its outcome from its end on, so the
# two tables never count one twice.
QUERY = f"""
    SELECT COUNT(*) + (
            SELECT COUNT(*) FROM {Outcome._meta.db_table} WHERE owner_id = %s AND started_at > %s
        ),
        (
            SELECT COALESCE(SUM(prompt_tokens) + SUM(completion_tokens), 0)
            FROM {Outcome._meta.db_table} WHERE owner_id = %s AND started_at > %s
        )
    FROM {Run._meta.db_table} run
    JOIN {Message._meta.db_table} message ON message.id = run.message_id
    WHERE message.status = '{Message.Status.STREAMING}'
        AND run.owner_id = %s AND run.started_at > %s
"""  # noqa: S608 - no input


@dataclass(frozen=True)
class Spent:
    messages: int
    """Asked within the last minute."""
    tokens: int
    """Of what was asked within the last 24 hours and has ended."""


def spent(owner: int) -> Spent:
    """What this person has asked for, in whichever process."""
    now = timezone.now()
    minute, day = moment(now - MINUTE), moment(now - DAY)
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [owner, minute, owner, day, owner, minute])
        return Spent(*(int(number) for number in cursor.fetchone()))


def next_message_at(owner: int, limit: int) -> datetime:
    """When this person has asked for fewer than `limit` within a minute."""
    since = timezone.now() - MINUTE
    asked: list[datetime] = list(_recent(owner, since).values_list("started_at", flat=True))
    working = Run.objects.filter(
        owner=owner, started_at__gt=since, message__status=Message.Status.STREAMING
    )
    asked += working.values_list("started_at", flat=True)
    asked.sort(reverse=True)
    return (asked[limit - 1] if len(asked) >= limit else since) + MINUTE


def next_token_at(owner: int, limit: int) -> datetime:
    """When this person has used fewer than `limit` tokens within 24 hours."""
    since = timezone.now() - DAY
    rows = _recent(owner, since).order_by("-started_at")
    started: datetime
    total = 0
    for started, *tokens in rows.values_list("started_at", "prompt_tokens", "completion_tokens"):
        total += sum(tokens)
        if total >= limit:
            return started + DAY
    return since + DAY


def _recent(owner: int, since: datetime) -> Any:
    return Outcome.objects.filter(owner=owner, started_at__gt=since).order_by()

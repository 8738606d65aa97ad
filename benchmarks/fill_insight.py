"""A million outcomes, for the page of figures.

`python -m benchmarks.fill_insight WHAT ARGUMENT…` prints JSON, like benchmarks/fill.py.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.seed import sign_in  # noqa: E402
from webchat.models import Endpoint, Outcome, User  # noqa: E402

OWNERS, ENDPOINTS, MODELS = 500, 8, 40
BATCH = 5000
FAILURES = ("timeout", "rate_limited", "unavailable", "context_too_long")
FAILED = 0.05


def _outcomes(count: int, days: int) -> Iterator[Outcome]:
    """Evenly over so many days, the oldest first, as a database has them."""
    chance, now = random.Random(1), timezone.now()
    owners = list(User.objects.values_list("pk", flat=True))
    endpoints = list(Endpoint.objects.values_list("pk", flat=True))
    for number in range(count):
        ended = now - timedelta(days=days) * (1 - number / count)
        failed = chance.random() < FAILED
        first = chance.lognormvariate(-0.5, 0.6)
        total = first + chance.lognormvariate(1.5, 0.7)
        yield Outcome(
            message_id=uuid4(),
            owner_id=chance.choice(owners),
            endpoint_id=chance.choice(endpoints),
            provider="Bench",
            model=f"model {chance.randrange(MODELS)}",
            status="failed" if failed else "complete",
            error_code=chance.choice(FAILURES) if failed else "",
            prompt_tokens=chance.randrange(3000),
            completion_tokens=chance.randrange(800),
            first_seconds=first,
            total_seconds=total,
            started_at=ended - timedelta(seconds=total),
            ended_at=ended,
        )


def database(count: str, days: str) -> Any:
    """That many outcomes; the session of an administrator."""
    people = [User(username=f"person{number}") for number in range(OWNERS)]
    people.append(User(username="boss", is_staff=True, is_superuser=True))
    for user in people:
        user.set_unusable_password()
    User.objects.bulk_create(people)
    for number in range(ENDPOINTS):
        Endpoint.objects.create(label=f"Endpoint {number}", provider="Demo")
    outcomes = _outcomes(int(count), int(days))
    while batch := list(islice(outcomes, BATCH)):  # bulk_create would hold all of them at once
        Outcome.objects.bulk_create(batch)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum would have done by then
    return {"session": sign_in(User.objects.get(username="boss"))}


COMMANDS: dict[str, Callable[..., Any]] = {"database": database}

if __name__ == "__main__":
    json.dump(COMMANDS[sys.argv[1]](*sys.argv[2:]), sys.stdout)

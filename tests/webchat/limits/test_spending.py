"""What a person has asked for lately."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_conversation, make_message
from webchat.limits.spending import Spent, next_message_at, next_token_at, spent
from webchat.models import Outcome, Run, User
from webchat.models.ids import uuid7


def make_outcome(owner: User, ago: float = 0, tokens: int = 10, **fields: Any) -> Outcome:
    """An answer that was asked for so many seconds ago."""
    return Outcome.objects.create(
        message_id=uuid7(),
        owner=owner,
        status="complete",
        prompt_tokens=tokens // 2,
        completion_tokens=tokens - tokens // 2,
        started_at=timezone.now() - timedelta(seconds=ago),
        **fields,
    )


def make_run(owner: User, ago: float = 0, status: str = "streaming") -> Run:
    answer = make_message(make_conversation(owner), "", role="assistant", status=status)
    started = timezone.now() - timedelta(seconds=ago)
    return Run.objects.create(
        owner=owner, client_id=answer.pk, message=answer, node="here", started_at=started
    )


def test_who_asked_nothing_has_spent_nothing(alice: User) -> None:
    assert spent(alice.pk) == Spent(0, 0)


def test_everything_is_counted_by_one_query(
    alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_outcome(alice, ago=10, tokens=100)
    make_outcome(alice, ago=70, tokens=20)
    make_outcome(alice, ago=25 * 3600, tokens=5000)
    make_outcome(bob, tokens=7)
    make_run(alice)
    make_run(alice, ago=100)
    make_run(alice, status="complete")
    make_run(bob)
    with django_assert_num_queries(1):
        assert spent(alice.pk) == Spent(messages=2, tokens=120)


def test_more_tokens_than_a_column_holds_can_be_added(alice: User) -> None:
    for _ in range(2):
        make_outcome(alice, tokens=2 * (2**31 - 1))
    assert spent(alice.pk).tokens == 4 * (2**31 - 1)


def test_the_next_message_is_free_when_the_oldest_that_counts_is_a_minute_old(alice: User) -> None:
    make_outcome(alice, ago=50)
    second = make_outcome(alice, ago=40)
    make_run(alice, ago=30)
    make_run(alice, ago=20, status="complete")
    assert next_message_at(alice.pk, 2) == second.started_at + timedelta(minutes=1)


def test_tokens_are_free_again_when_enough_of_them_are_a_day_old(alice: User) -> None:
    make_outcome(alice, ago=5 * 3600, tokens=10)
    second = make_outcome(alice, ago=4 * 3600, tokens=60)
    make_outcome(alice, ago=3 * 3600, tokens=30)
    assert next_token_at(alice.pk, 90) == second.started_at + timedelta(hours=24)

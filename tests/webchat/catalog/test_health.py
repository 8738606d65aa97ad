"""How endpoints have been doing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from providers import errors
from tests.factories import make_endpoint
from webchat.catalog import KINDS, with_health
from webchat.models import Endpoint, Outcome

pytestmark = pytest.mark.django_db


def ended(endpoint: Endpoint, status: str, hours_ago: float = 0.0, code: str = "") -> Outcome:
    at = timezone.now() - timedelta(hours=hours_ago)
    return Outcome.objects.create(
        message_id=uuid4(),
        endpoint=endpoint,
        status=status,
        error_code=code,
        started_at=at,
        ended_at=at,
    )


def test_an_endpoint_that_was_never_asked_tells_nothing() -> None:
    make_endpoint()
    [row] = with_health(Endpoint.objects.all())
    assert (row.last_success, row.last_failure, row.recent, row.failed) == (None,) * 4


def test_the_last_success_and_the_last_failure_with_its_kind_are_told() -> None:
    endpoint = make_endpoint()
    ended(endpoint, "complete", 30)
    good = ended(endpoint, "complete", 2)
    ended(endpoint, "failed", 5, "rate_limited")
    bad = ended(endpoint, "failed", 3, "timeout")
    [row] = with_health(Endpoint.objects.all())
    assert (row.last_success, row.last_failure) == (good.ended_at, bad.ended_at)
    assert row.last_failure_code == "timeout"


def test_the_rate_counts_answers_of_a_day_that_ended_by_themselves() -> None:
    endpoint, other = make_endpoint(), make_endpoint("Other")
    for hours in (1, 2, 23):
        ended(endpoint, "complete", hours)
    ended(endpoint, "failed", 1)
    ended(endpoint, "failed", 25)
    ended(endpoint, "stopped", 1)
    ended(endpoint, "interrupted", 1)
    ended(other, "failed", 1)
    rows = {row.pk: (row.recent, row.failed) for row in with_health(Endpoint.objects.all())}
    assert rows == {endpoint.pk: (4, 1), other.pk: (1, 1)}


def test_it_costs_one_query_however_many_there_are(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        ended(make_endpoint(f"Server {number}"), "complete")
    with django_assert_num_queries(1):
        assert len(with_health(Endpoint.objects.all())) == 20


def test_every_kind_of_error_has_a_word() -> None:
    found = [errors.ProviderError]
    for kind in found:
        found.extend(kind.__subclasses__())
    assert {kind.code for kind in found if kind.__module__ == errors.__name__} <= set(KINDS)

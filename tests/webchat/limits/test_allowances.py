"""Which limits hold for whom."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from webchat import limits
from webchat.limits import Allowance, allowance
from webchat.models import Limits, User


def make_limits(group: str = "", *members: User, **numbers: int | None) -> Limits:
    """Limits for a group with these members, or for everybody."""
    row = Limits(**numbers)  # type: ignore[misc]  # each is a field
    if group:
        row.group, _made = Group.objects.get_or_create(name=group)
        row.group.user_set.add(*members)
    row.save()
    limits.forget()
    return row


def test_without_limits_the_settings_hold(alice: User, settings: Any) -> None:
    settings.RUNS_PER_USER, settings.UPLOAD_MAX_BYTES = 3, 1000
    assert allowance(alice.pk) == Allowance(None, None, 3, 1000)


def test_the_limits_for_everybody_hold_for_everybody(alice: User, staff: User) -> None:
    make_limits(messages_a_minute=5, tokens_a_day=100, answers_at_once=2, upload_bytes=10)
    assert allowance(alice.pk) == allowance(staff.pk) == Allowance(5, 100, 2, 10)


def test_a_group_with_limits_comes_before_everybody(alice: User, bob: User) -> None:
    make_limits(tokens_a_day=100)
    make_limits("writers", alice, tokens_a_day=50)
    assert allowance(alice.pk).tokens_a_day == 50
    assert allowance(bob.pk).tokens_a_day == 100


def test_a_group_without_limits_changes_nothing(alice: User) -> None:
    make_limits(tokens_a_day=100)
    make_limits("writers", tokens_a_day=50)
    alice.groups.add(Group.objects.create(name="readers"))
    assert allowance(alice.pk).tokens_a_day == 100


def test_of_several_groups_the_most_generous_holds_each_kind_for_itself(alice: User) -> None:
    make_limits("writers", alice, tokens_a_day=50, messages_a_minute=9)
    make_limits("readers", alice, tokens_a_day=70, messages_a_minute=2)
    found = allowance(alice.pk)
    assert (found.tokens_a_day, found.messages_a_minute) == (70, 9)


def test_an_empty_number_is_the_most_generous(alice: User, settings: Any) -> None:
    settings.RUNS_PER_USER = 4
    make_limits("writers", alice, tokens_a_day=50, answers_at_once=1)
    make_limits("readers", alice)
    found = allowance(alice.pk)
    assert (found.tokens_a_day, found.answers_at_once) == (None, 4)


def test_asking_again_asks_no_database(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_limits("writers", alice, tokens_a_day=50)
    with django_assert_num_queries(2):
        allowance(alice.pk)
    with django_assert_num_queries(0):
        allowance(alice.pk)


def test_a_change_is_seen_after_a_moment_and_at_once_where_it_is_told(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make_limits(tokens_a_day=50)
    assert allowance(alice.pk).tokens_a_day == 50
    Limits.objects.update(tokens_a_day=60)
    assert allowance(alice.pk).tokens_a_day == 50
    monkeypatch.setattr("webchat.limits.allowances.FRESH_SECONDS", -1)
    assert allowance(alice.pk).tokens_a_day == 60
    row.delete()
    limits.forget()
    assert allowance(alice.pk).tokens_a_day is None


def test_there_is_one_row_for_everybody_and_one_a_group(alice: User) -> None:
    for group in ("", "writers"):
        row = make_limits(group)
        again = Limits(group=row.group)
        with pytest.raises(ValidationError):
            again.full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save()

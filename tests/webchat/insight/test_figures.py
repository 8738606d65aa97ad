"""What is read from the database, on whichever one."""

import random
from datetime import timedelta
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_endpoint
from tests.pictures import PNG
from tests.webchat.insight.made import MONDAY, WEEK, ZONE, at, make_outcome, make_rating
from webchat.generation.images import examine, store
from webchat.insight.figures import activity, opinions, speed, storage
from webchat.insight.figures.all import Figures
from webchat.insight.period import Period
from webchat.insight.sections.all import sections
from webchat.models import Media, User


def test_answers_are_counted_on_their_days(alice: User, bob: User) -> None:
    make_outcome(alice, at(0, "00:00"))
    make_outcome(alice, at(0, "23:59"))
    make_outcome(bob, at(1, "00:00"))
    make_outcome(alice, at(-1, "23:59"))
    make_outcome(alice, at(7, "00:00"))
    found = activity.read(WEEK)
    assert found.messages == [2, 1, 0, 0, 0, 0, 0]
    assert found.people == [1, 1, 0, 0, 0, 0, 0]
    assert found.people_in_all == 2


def test_people_who_are_gone_are_nobody(alice: User) -> None:
    make_outcome(None, at(0))
    make_outcome(alice, at(0))
    assert activity.read(WEEK).people[0] == 1


def test_in_a_long_period_weeks_are_counted(alice: User, bob: User) -> None:
    for day in (0, 3, 6):
        make_outcome(alice, at(day))
    make_outcome(bob, at(7))
    found = activity.read(Period(MONDAY - timedelta(days=98), MONDAY + timedelta(days=7), ZONE))
    assert found.messages[-2:] == [3, 1]
    assert found.people[-2:] == [1, 1]


def test_models_are_told_with_their_tokens_the_busiest_first(alice: User) -> None:
    make_outcome(alice, at(0), prompt_tokens=5, completion_tokens=6)
    make_outcome(alice, at(1), prompt_tokens=50, completion_tokens=60, model="large")
    make_outcome(alice, at(1), prompt_tokens=1, completion_tokens=1, model="", estimated=True)
    models = activity.read(WEEK).models
    assert list(models) == ["large", "small", "Lake"]
    assert sum(answers.tokens for answers in models["large"]) == 110
    assert [answers.estimated for answers in models["Lake"]] == [1]


def test_failures_are_told_by_kind(alice: User) -> None:
    make_outcome(alice, at(0))
    make_outcome(alice, at(0), status="stopped")
    for _ in range(2):
        make_outcome(alice, at(0), status="failed", error_code="timeout")
    make_outcome(alice, at(1), status="failed")
    make_outcome(alice, at(1), status="interrupted")
    failures = activity.read(WEEK).failures
    assert failures == {"timeout": 2, "failed": 1, "interrupted": 1}


def test_speeds_are_those_of_answers_that_were_finished(alice: User) -> None:
    lake = make_endpoint("Lake")
    for first in (1.0, 2.0, 3.0):
        fields = {"first_seconds": first, "total_seconds": first + 2, "completion_tokens": 20}
        make_outcome(alice, at(0), endpoint=lake, provider="Formerly", **fields)
    make_outcome(alice, at(0), endpoint=lake, first_seconds=9, status="failed")
    make_outcome(alice, at(0), provider="Gone", first_seconds=None)
    found = speed.read(WEEK, 4)
    gone, lakes = found.endpoints
    assert (gone.endpoint, gone.answers, gone.first, gone.rate) == ("Gone", 1, None, None)
    assert lakes.first == speed.Spread(2.0, pytest.approx(2.9))
    assert lakes.rate == speed.Spread(10, 10)
    assert not found.sampled


def test_of_very_many_answers_an_even_sample_is_taken(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "SAMPLE", 10)
    for number in range(40):
        make_outcome(alice, at(0), first_seconds=number)
    found = speed.read(WEEK, 40)
    [lake] = found.endpoints
    assert found.sampled
    assert lake.answers == 10
    assert lake.first is not None
    assert 17 <= lake.first.median <= 22


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=50))
def test_percentiles_are_those_of_others(figures: list[float]) -> None:
    ordered = sorted(figures)
    theirs = quantiles(ordered, n=20, method="inclusive")
    assert speed.percentile(ordered, 0.5) == pytest.approx(theirs[9])
    assert speed.percentile(ordered, 0.95) == pytest.approx(theirs[18])
    assert speed.percentile([7.0], 0.95) == 7


def test_thumbs_are_told_by_model_with_reasons_and_comments(alice: User, bob: User) -> None:
    make_rating(alice, at(0), "up", reason="clear")
    make_rating(bob, at(1), "down", reason="wrong", comment="Two and two are four.")
    make_rating(bob, at(2), "down", reason="wrong")
    make_rating(bob, at(2), "up", "large")
    make_rating(bob, at(8), "up", "large", comment="Later")
    found = opinions.read(WEEK)
    small, large = found.models
    assert (small.model, small.up, small.down) == ("small", 1, 2)
    assert small.reasons == {"clear": 1, "wrong": 2}
    assert (large.model, large.up, large.down) == ("large", 1, 0)
    assert [rating.comment for rating in found.comments] == ["Two and two are four."]


def test_storage_is_what_pictures_and_the_database_take(alice: User) -> None:
    store(alice, examine(PNG), Media.Origin.UPLOADED, name="", alt="")
    store(alice, examine(PNG), Media.Origin.GENERATED, name="", alt="")
    found = storage.read()
    assert (found.uploaded, found.uploaded_bytes) == (1, len(PNG))
    assert (found.generated, found.generated_bytes) == (1, len(PNG))
    assert found.database_bytes > 10_000


@pytest.mark.parametrize("days", [7, 90, 1000])
def test_everything_takes_the_same_few_queries(
    alice: User, django_assert_max_num_queries: DjangoAssertNumQueries, days: int
) -> None:
    chance = random.Random(days)
    for number in range(30):
        ended = at(-chance.randrange(days))
        make_outcome(alice, ended, model=f"model {number}", first_seconds=1, total_seconds=2)
        make_rating(alice, ended, "up", f"model {number}", comment="Yes")
    with django_assert_max_num_queries(7):
        sections(Figures(Period.until(WEEK.last, days, ZONE)))


def test_with_nothing_there_is_nothing(db: None) -> None:
    figures = Figures(WEEK)
    assert figures.activity.people_in_all == 0
    assert (figures.speeds.endpoints, figures.opinions.models) == ([], [])
    drawn = {section.slug for section in sections(figures) if section.charts}
    assert drawn == {"storage"}

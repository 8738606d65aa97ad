"""Answers by day or week, model and end; and how many people asked for them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from webchat.insight.period import Period
from webchat.models import Message, Outcome
from webchat.sql import moment

# In plain SQL: the steps are the outer loop, each of them a range of the index on `ended_at`, and
# days in a time zone need no function that a database would call for every row.
_STEPS = "WITH step (number, start, stop) AS (VALUES {places})"
_OF_STEPS = (
    f" FROM step CROSS JOIN {Outcome._meta.db_table} o"
    " WHERE o.ended_at >= step.start AND o.ended_at < step.stop"
)
_COUNTS = (
    "{steps} SELECT step.number, o.provider, o.model, o.status, o.error_code, COUNT(*),"
    " SUM(o.prompt_tokens), SUM(o.completion_tokens), SUM(CASE WHEN o.estimated THEN 1 ELSE 0 END)"
    f"{_OF_STEPS} GROUP BY 1, 2, 3, 4, 5"
)
_PEOPLE = (
    "{steps} SELECT step.number, COUNT(DISTINCT o.owner_id)"  # noqa: S608 - no input
    f"{_OF_STEPS} GROUP BY 1"
    f" UNION ALL SELECT -1, COUNT(DISTINCT owner_id) FROM {Outcome._meta.db_table}"
    " WHERE ended_at >= %s AND ended_at < %s"
)


@dataclass(frozen=True)
class Answers:
    """Answers of one day or week (its number in the period), of one model, with one end."""

    step: int
    provider: str
    model: str
    status: str
    error: str
    count: int
    prompt_tokens: int
    completion_tokens: int
    estimated: int

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    @property
    def model_name(self) -> str:
        """Some providers have one model, without a name."""
        return self.model or self.provider

    @property
    def failure(self) -> str:
        """What went wrong; empty where nothing did."""
        if self.status == Message.Status.FAILED:
            return self.error or "failed"
        return self.status if self.status == Message.Status.INTERRUPTED else ""


@dataclass(frozen=True)
class Activity:
    """All answers of a period, and the people who asked: in each step, and in all of it."""

    answers: list[Answers]
    people: list[int]
    people_in_all: int

    @property
    def messages(self) -> list[int]:
        """How many there were in each step."""
        return self.by_step(lambda answers: answers.count)

    def by_step(self, figure: Callable[[Answers], int]) -> list[int]:
        found = [0] * len(self.people)
        for answers in self.answers:
            found[answers.step] += figure(answers)
        return found

    @property
    def failures(self) -> Counter[str]:
        """How many answers there are of each kind of failure."""
        found: Counter[str] = Counter()
        for answers in self.answers:
            if answers.failure:
                found[answers.failure] += answers.count
        return found

    @property
    def models(self) -> dict[str, list[Answers]]:
        """The answers of each model, the one with the most tokens first."""
        found = defaultdict(list)
        for answers in self.answers:
            found[answers.model_name].append(answers)
        return dict(sorted(found.items(), key=lambda each: (-tokens_of(each[1]), each[0])))


def tokens_of(answers: Sequence[Answers]) -> int:
    """How many these took together."""
    return sum(each.tokens for each in answers)


def read(period: Period) -> Activity:
    """Two queries, however long the period is."""
    steps, bounds = _steps(period)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(steps=steps), bounds)
        answers = [Answers(*row) for row in cursor.fetchall()]
        cursor.execute(
            _PEOPLE.format(steps=steps), [*bounds, moment(period.start), moment(period.stop)]
        )
        people = dict(cursor.fetchall())
    each = [people.get(number, 0) for number in range(len(period.steps))]
    return Activity(answers, each, people[-1])


def _steps(period: Period) -> tuple[str, list[Any]]:
    places = ", ".join(["(%s, %s, %s)"] * len(period.steps))
    bounds: list[Any] = []
    for number, step in enumerate(period.steps):
        bounds += [number, moment(step.start), moment(step.stop)]
    return _STEPS.format(places=places), bounds

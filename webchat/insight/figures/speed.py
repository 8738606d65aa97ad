"""How fast endpoints answer: the median and the 95th percentile.

Exact for up to SAMPLE answers; of more, every second, third, … is taken. With eight endpoints the
95th percentile is then one between the 94.6th and the 95.4th. So neither database sorts millions,
and both say the same.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.db.models import F
from django.db.models.functions import Mod

from webchat.insight.period import Period
from webchat.metrics.speed import tokens_a_second
from webchat.models import Message, Outcome

SAMPLE = 20_000  # answers; they are read and sorted in a tenth of a second


@dataclass(frozen=True)
class Spread:
    """The median and the 95th percentile of some figures."""

    median: float
    high: float


@dataclass(frozen=True)
class Speed:
    """Of one endpoint: seconds to the first token, and tokens a second from then on."""

    endpoint: str
    answers: int
    first: Spread | None
    rate: Spread | None


@dataclass(frozen=True)
class Speeds:
    """All endpoints by name; `sampled` says whether not every answer was looked at."""

    endpoints: list[Speed]
    sampled: bool


def read(period: Period, complete: int) -> Speeds:
    """One query. `complete` is how many answers of the period there are to look at."""
    every = max(1, ceil(complete / SAMPLE))
    rows = Outcome.objects.filter(
        ended_at__gte=period.start, ended_at__lt=period.stop, status=Message.Status.COMPLETE
    )
    if every > 1:
        rows = rows.alias(place=Mod(F("id"), every)).filter(place=0)
    found = defaultdict(list)
    for label, provider, *figures in rows.order_by().values_list(
        "endpoint__label", "provider", "first_seconds", "total_seconds", "completion_tokens"
    ):
        found[label or provider].append(figures)
    return Speeds([_speed(name, found[name]) for name in sorted(found)], every > 1)


def _speed(name: str, answers: Sequence[Sequence[float | None]]) -> Speed:
    first = [seconds for seconds, _total, _tokens in answers if seconds is not None]
    rates = [rate for each in answers if (rate := tokens_a_second(*each)) is not None]
    return Speed(name, len(answers), _spread(first), _spread(rates))


def _spread(figures: list[float]) -> Spread | None:
    figures.sort()
    return Spread(percentile(figures, 0.5), percentile(figures, 0.95)) if figures else None


def percentile(ordered: Sequence[float], share: float) -> float:
    """Between two figures in proportion, as PostgreSQL's percentile_cont does."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

"""How days and weeks are called."""

from django.utils.formats import date_format

from webchat.insight.period import Period
from webchat.insight.words import day


def names(period: Period) -> list[str]:
    """For the pointer: 14 November, or a week's first and last day."""
    return [
        day(step.first) if step.first == step.last else f"{day(step.first)} – {day(step.last)}"
        for step in period.steps
    ]


def short_names(period: Period) -> list[str]:
    """Below an axis."""
    return [date_format(step.first, "j M") for step in period.steps]

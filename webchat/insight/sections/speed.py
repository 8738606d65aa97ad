"""Time to the first token and speed, by endpoint."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from webchat.insight.charts.bars import Bar, Bars, bars
from webchat.insight.charts.scale import Words
from webchat.insight.figures.all import Figures
from webchat.insight.figures.speed import SAMPLE, Speed, Spread
from webchat.insight.sections.section import BARS, Section
from webchat.insight.tables import Head, Table
from webchat.insight.words import brief, count, rate, seconds, seconds_brief


def speed(figures: Figures) -> Section:
    endpoints = figures.speeds.endpoints
    charts = [
        _chart(_("Time to the first token"), endpoints, lambda one: one.first, seconds, "c1"),
        _chart(_("Tokens a second"), endpoints, lambda one: one.rate, rate, "c2"),
    ]
    note = _("A bar ends at the median, its line at the 95th percentile.")
    if figures.speeds.sampled:
        sample = _("Worked out from about %(count)s of the answers, taken evenly.")
        note = f"{note} {sample % {'count': count(SAMPLE)}}"
    drawn = [chart for chart in charts if chart is not None]
    return Section("speed", _("Speed by endpoint"), drawn, [_table(endpoints)], note)


def _chart(
    title: str,
    endpoints: Sequence[Speed],
    pick: Callable[[Speed], Spread | None],
    words: Words,
    colour: str,
) -> Bars | None:
    """The endpoints with the most answers, those with figures of this kind."""
    most = sorted(endpoints, key=lambda one: -one.answers)
    known = [(one, spread) for one in most if (spread := pick(one)) is not None][:BARS]
    if not known:
        return None
    drawn = [
        Bar(
            one.endpoint,
            [(colour, spread.median)],
            f"{words(spread.median)} · {words(spread.high)}",
            reach=spread.high,
        )
        for one, spread in known
    ]
    axis = seconds_brief if words is seconds else brief
    described = _("Median and 95th percentile of each endpoint.")
    return bars(title, described, drawn, axis, whole=False)


def _table(endpoints: Sequence[Speed]) -> Table:
    heads = [
        Head(_("Endpoint")),
        Head(_("Answers looked at"), "count"),
        Head(_("First token, median"), "seconds"),
        Head(_("First token, 95th percentile"), "seconds"),
        Head(_("Tokens a second, median"), "rate"),
        Head(_("Tokens a second, 95th percentile"), "rate"),
    ]
    rows = [
        (one.endpoint, one.answers, *_figures(one.first), *_figures(one.rate)) for one in endpoints
    ]
    return Table("speed", _("Speed by endpoint"), heads, rows)


def _figures(spread: Spread | None) -> tuple[float | None, float | None]:
    return (None, None) if spread is None else (spread.median, spread.high)

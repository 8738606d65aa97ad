"""Messages and active people."""

from django.utils.translation import gettext as _

from webchat.insight.charts.columns import Columns, Series, columns
from webchat.insight.figures.all import Figures
from webchat.insight.sections import steps
from webchat.insight.sections.section import Section
from webchat.insight.tables import Head, Table
from webchat.insight.words import brief, count


def activity(figures: Figures) -> Section:
    title = (
        _("Messages and active people a week")
        if figures.period.is_weekly
        else _("Messages and active people a day")
    )
    charts = []
    if figures.activity.answers:
        charts = [
            _chart(figures, _("Messages"), "c1", figures.activity.messages),
            _chart(figures, _("Active people"), "c2", figures.activity.people),
        ]
    return Section("activity", title, charts, [_table(figures)])


def _chart(figures: Figures, name: str, colour: str, values: list[int]) -> Columns:
    names = steps.names(figures.period)
    most = max(values)
    described = _("Between %(least)s and %(most)s; most on %(when)s.") % {
        "least": count(min(values)),
        "most": count(most),
        "when": names[values.index(most)],
    }
    short = steps.short_names(figures.period)
    return columns(name, described, names, [Series(name, colour, values)], brief, short)


def _table(figures: Figures) -> Table:
    heads = [
        Head(_("First day") if figures.period.is_weekly else _("Day"), "day"),
        Head(_("Messages"), "count"),
        Head(_("Active people"), "count"),
    ]
    found = figures.activity
    rows = [
        (step.first, messages, people)
        for step, messages, people in zip(
            figures.period.steps, found.messages, found.people, strict=True
        )
    ]
    return Table("activity", _("Messages and active people"), heads, rows)

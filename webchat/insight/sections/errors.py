"""Errors by kind."""

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from webchat.catalog import KINDS
from webchat.insight.charts.bars import Bar, bars
from webchat.insight.figures.all import Figures
from webchat.insight.sections.section import BARS, Section
from webchat.insight.tables import Head, Table
from webchat.insight.words import brief, count, share


def kinds() -> dict[str, str]:
    """What the codes of failures mean."""
    known = {code: capfirst(str(words)) for code, words in KINDS.items()}
    return known | {"failed": _("Another failure"), "interrupted": _("Interrupted")}


def errors(figures: Figures) -> Section:
    named = kinds()
    total = sum(figures.activity.messages)
    rows = [
        (named.get(code, code), code, number, number / total)
        for code, number in figures.activity.failures.most_common()
    ]
    heads = [
        Head(_("Kind")),
        Head(_("Code")),
        Head(_("Answers"), "count"),
        Head(_("Of all"), "share"),
    ]
    drawn = [
        Bar(name, [("bad", number)], f"{count(number)} · {share(part)}")
        for name, _code, number, part in rows[:BARS]
    ]
    described = _("How many answers failed or were interrupted, and their share of all answers.")
    charts = [bars(_("Errors"), described, drawn, brief)] if drawn else []
    table = Table("errors", _("Errors by kind"), heads, rows)
    return Section("errors", _("Errors by kind"), charts, [table])

"""Errors by kind."""

from django.utils.translation import gettext as _

from webchat.insight.charts.bars import Bar, bars
from webchat.insight.figures.all import Figures
from webchat.insight.sections.section import BARS, Section
from webchat.insight.tables import Head, Table
from webchat.insight.words import brief, count, share


def kinds() -> dict[str, str]:
    """What the codes of failures mean."""
    return {
        "authentication_failed": _("Key refused"),
        "rate_limited": _("Too many requests"),
        "model_not_found": _("Unknown model"),
        "request_rejected": _("Request rejected"),
        "context_too_long": _("Conversation too long"),
        "content_blocked": _("Stopped by a filter"),
        "unavailable": _("Not reachable"),
        "timeout": _("No answer in time"),
        "unexpected_response": _("Answer unreadable"),
        "provider_error": _("Another failure"),
        "failed": _("Another failure"),
        "interrupted": _("Interrupted"),
    }


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

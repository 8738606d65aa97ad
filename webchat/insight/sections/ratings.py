"""Thumbs up and down by model, with reasons."""

from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext as _

from webchat.insight.charts.bars import Bar, Bars, Key, bars
from webchat.insight.figures.all import Figures
from webchat.insight.figures.opinions import Opinion
from webchat.insight.sections.section import BARS, Section
from webchat.insight.tables import Head, Table
from webchat.insight.words import brief, count
from webchat.models import REASONS, Rating


def ratings(figures: Figures) -> Section:
    models = figures.opinions.models
    charts = [_by_model(models)] if models else []
    if any(model.reasons for model in models):
        charts.append(_by_reason(models))
    tables = [_table(models), _reasons(models), _comments(figures.opinions.comments)]
    note = _("Ratings go with their conversation when it is deleted.")
    return Section("ratings", _("Ratings by model"), charts, tables, note)


def _by_model(models: Sequence[Opinion]) -> Bars:
    drawn = [
        Bar(
            one.model, [("good", one.up), ("bad", one.down)], f"{count(one.up)} · {count(one.down)}"
        )
        for one in models[:BARS]
    ]
    keys = [Key(_("Thumbs up"), "good"), Key(_("Thumbs down"), "bad")]
    described = _("How many thumbs each model has, up first and then down.")
    return bars(_("Thumbs"), described, drawn, brief, keys)


def _by_reason(models: Sequence[Opinion]) -> Bars:
    found: Counter[str] = sum((model.reasons for model in models), Counter())
    drawn = [
        Bar(_reason(code), [(_colour(code), number)], count(number))
        for code, number in found.most_common()
    ]
    return bars(_("Reasons"), _("How often each reason was given."), drawn, brief)


def _reason(code: str) -> str:
    return str(Rating.Reason(code).label) if code in Rating.Reason else code


def _colour(code: str) -> str:
    return "good" if code in REASONS[Rating.Thumb.UP] else "bad"


def _table(models: Sequence[Opinion]) -> Table:
    heads = [
        Head(_("Model")),
        Head(_("Thumbs up"), "count"),
        Head(_("Thumbs down"), "count"),
        Head(_("Share of thumbs up"), "share"),
    ]
    rows = [(one.model, one.up, one.down, one.up / one.ratings) for one in models]
    return Table("ratings", _("Ratings by model"), heads, rows)


def _reasons(models: Sequence[Opinion]) -> Table:
    heads = [Head(_("Model")), Head(_("Reason")), Head(_("Ratings"), "count")]
    rows = [
        (one.model, _reason(code), number)
        for one in models
        for code, number in one.reasons.most_common()
    ]
    return Table("reasons", _("Reasons by model"), heads, rows)


def _comments(comments: Sequence[Rating]) -> Table:
    """Whose they are is not shown, and neither is the conversation."""
    heads = [
        Head(_("When"), "time"),
        Head(_("Model")),
        Head(_("Thumb")),
        Head(_("Reason")),
        Head(_("Comment"), "long"),
    ]
    rows = [
        (
            one.rated_at,
            one.message.model or one.message.provider,
            str(one.get_thumb_display()),
            _reason(one.reason) if one.reason else None,
            one.comment,
        )
        for one in comments
    ]
    return Table("comments", _("Newest comments"), heads, rows)

"""Tokens by model."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from webchat.insight.charts.columns import Columns, Series, columns
from webchat.insight.figures.activity import Answers, tokens_of
from webchat.insight.figures.all import Figures
from webchat.insight.sections import steps
from webchat.insight.sections.section import Section
from webchat.insight.tables import Head, Table
from webchat.insight.words import brief

COLOURED = 5  # models that have a colour of their own; all others share one


def tokens(figures: Figures) -> Section:
    models = figures.activity.models
    charts = [_chart(figures, models)] if any(map(tokens_of, models.values())) else []
    note = _("Where a provider does not tell its tokens, they are estimated by length.")
    return Section("tokens", _("Tokens by model"), charts, [_table(models)], note)


def _chart(figures: Figures, models: dict[str, list[Answers]]) -> Columns:
    count = len(figures.period.steps)
    named, others = list(models.items())[:COLOURED], list(models.values())[COLOURED:]
    series = [
        Series(name, f"c{number}", _by_step(answers, count))
        for number, (name, answers) in enumerate(named, start=1)
    ]
    if rest := [each for answers in others for each in answers]:
        series.append(Series(_("Other models"), "c0", _by_step(rest, count)))
    first = named[0][0]
    described = _("Most tokens were those of %(model)s.") % {"model": first}
    names, short = steps.names(figures.period), steps.short_names(figures.period)
    return columns(_("Tokens"), described, names, series, brief, short)


def _by_step(answers: Sequence[Answers], count: int) -> list[int]:
    found = [0] * count
    for each in answers:
        found[each.step] += each.tokens
    return found


def _table(models: dict[str, list[Answers]]) -> Table:
    heads = [
        Head(_("Model")),
        Head(_("Answers"), "count"),
        Head(_("Tokens of questions"), "count"),
        Head(_("Tokens of answers"), "count"),
        Head(_("Tokens"), "count"),
        Head(_("Estimated"), "share"),
    ]
    return Table("tokens", _("Tokens by model"), heads, [_row(*each) for each in models.items()])


def _row(name: str, answers: Sequence[Answers]) -> tuple[str, int, int, int, int, float]:
    count = sum(each.count for each in answers)
    prompted = sum(each.prompt_tokens for each in answers)
    completed = sum(each.completion_tokens for each in answers)
    estimated = sum(each.estimated for each in answers) / count
    return name, count, prompted, completed, prompted + completed, estimated

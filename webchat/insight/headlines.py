"""The few numbers that come first."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from webchat.insight.figures.all import Figures
from webchat.insight.words import NOTHING, brief, count, share


@dataclass(frozen=True)
class Headline:
    """`exact` is the whole number, where `value` is brief."""

    name: str
    value: str
    exact: str = ""


def headlines(figures: Figures) -> list[Headline]:
    found = figures.activity
    messages = sum(found.messages)
    tokens = sum(answers.tokens for answers in found.answers)
    failed = found.failures.total()
    return [
        Headline(_("Messages"), brief(messages), count(messages)),
        Headline(_("Active people"), count(found.people_in_all)),
        Headline(_("Tokens"), brief(tokens), count(tokens)),
        Headline(_("Failed answers"), _share(failed, messages), count(failed)),
        Headline(_("Thumbs up"), *_thumbs(figures)),
    ]


def _thumbs(figures: Figures) -> tuple[str, str]:
    up = sum(model.up for model in figures.opinions.models)
    ratings = sum(model.ratings for model in figures.opinions.models)
    told = _("%(up)s of %(ratings)s ratings") % {"up": count(up), "ratings": count(ratings)}
    return _share(up, ratings), told


def _share(part: int, whole: int) -> str:
    return share(part / whole) if whole else NOTHING

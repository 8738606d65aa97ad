"""The whole page, and single tables of it."""

from collections.abc import Callable, Mapping

from webchat.insight.figures.all import Figures
from webchat.insight.sections.activity import activity
from webchat.insight.sections.errors import errors
from webchat.insight.sections.ratings import ratings
from webchat.insight.sections.section import Section
from webchat.insight.sections.speed import speed
from webchat.insight.sections.storage import storage
from webchat.insight.sections.tokens import tokens
from webchat.insight.tables import Table

SECTIONS = (activity, tokens, speed, ratings, errors, storage)
OF_TABLE: Mapping[str, Callable[[Figures], Section]] = {
    "activity": activity,
    "tokens": tokens,
    "speed": speed,
    "errors": errors,
    "ratings": ratings,
    "reasons": ratings,
    "comments": ratings,
    "storage": storage,
}
"""Which part of the page a table belongs to."""


def sections(figures: Figures) -> list[Section]:
    return [build(figures) for build in SECTIONS]


def table(figures: Figures, slug: str) -> Table:
    """One table; reads the figures of its part only. Raises KeyError."""
    return next(one for one in OF_TABLE[slug](figures).tables if one.slug == slug)

"""What a part of the page is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from webchat.insight.charts.bars import Bars
from webchat.insight.charts.columns import Columns
from webchat.insight.tables import Table

BARS = 12  # the longest are drawn; the table has all


@dataclass(frozen=True)
class Section:
    """Without charts there was nothing to draw."""

    slug: str
    title: str
    charts: Sequence[Columns | Bars]
    tables: Sequence[Table]
    note: str = ""

"""The figures of a chart as a table, for the page and as a file."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from webchat.insight.words import WORDS

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would calculate instead of showing it."""


@dataclass(frozen=True)
class Head:
    """A column: its name, and which of `words` writes its values."""

    name: str
    kind: str = "text"

    @property
    def is_number(self) -> bool:
        return self.kind not in {"text", "long", "time", "day"}


@dataclass(frozen=True)
class Table:
    """`slug` names its file. The values are plain: text, numbers, dates, None."""

    slug: str
    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Any]]

    @property
    def cells(self) -> list[list[tuple[Head, str]]]:
        """Every row as the page shows it."""
        return [
            [(head, WORDS[head.kind](value)) for head, value in zip(self.heads, row, strict=True)]
            for row in self.rows
        ]


def as_csv(table: Table) -> str:
    """Plain numbers with a point, dates as ISO has them; begins with a mark that it is UTF-8."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([_cell(head.name) for head in table.heads])
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, str) and value.lstrip().startswith(FORMULA):
        return f"'{value}"
    return value

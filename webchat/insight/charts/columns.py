"""Columns over time, each perhaps of several parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from webchat.insight.charts.scale import Scale, Words, length, spread_evenly

WIDTH, HEIGHT = 860, 190  # of the drawing; a page scales it
LEFT, RIGHT, TOP, BOTTOM = 48, 22, 10, 26
LABELS = 8  # below the axis
GAP = 0.24  # of a column's place
WIDEST = 44


@dataclass(frozen=True)
class Series:
    """One value for each column. `colour` is a CSS class."""

    name: str
    colour: str
    values: Sequence[float]


@dataclass(frozen=True)
class Part:
    colour: str
    y: str
    height: str


@dataclass(frozen=True)
class Column:
    """`place` is all the room there is for it: what a pointer must hit."""

    place: str
    x: str
    title: str
    parts: list[Part]


@dataclass(frozen=True)
class Line:
    at: str
    label: str


@dataclass(frozen=True)
class Columns:
    """A chart of columns, ready to be drawn."""

    template = "admin/insight/columns.html"

    title: str
    description: str
    series: Sequence[Series]
    columns: list[Column]
    place_width: str
    width: str
    lines: list[Line]
    labels: list[Line]

    view_box = f"0 0 {WIDTH} {HEIGHT}"
    left, right, base = str(LEFT), str(WIDTH - RIGHT), str(HEIGHT - BOTTOM)
    line_label, column_label = str(LEFT - 8), str(HEIGHT - 8)
    top, place_height = str(TOP), str(HEIGHT - TOP - BOTTOM)


def columns(
    title: str,
    description: str,
    names: Sequence[str],
    series: Sequence[Series],
    words: Words,
    short_names: Sequence[str],
) -> Columns:
    """`names` say what each column is about, `short_names` the same below the axis."""
    totals = [sum(values) for values in zip(*(each.values for each in series), strict=True)]
    scale = Scale.up_to(max(totals))
    place = (WIDTH - LEFT - RIGHT) / len(names)
    width = min(place * (1 - GAP), WIDEST)
    return Columns(
        title,
        description,
        series,
        [
            _column(number, place, width, names[number], series, scale, words)
            for number in range(len(names))
        ],
        length(place),
        length(width),
        [Line(length(_y(scale, tick)), words(tick)) for tick in scale.ticks()],
        [
            Line(length(LEFT + place * (number + 0.5)), short_names[number])
            for number in spread_evenly(len(names), LABELS)
        ],
    )


def _y(scale: Scale, value: float) -> float:
    return HEIGHT - BOTTOM - scale.share(value) * (HEIGHT - TOP - BOTTOM)


def _column(
    number: int,
    place: float,
    width: float,
    name: str,
    series: Sequence[Series],
    scale: Scale,
    words: Words,
) -> Column:
    parts, below = [], 0.0
    for each in series:
        value = each.values[number]
        if value:
            top, bottom = _y(scale, below + value), _y(scale, below)
            parts.append(Part(each.colour, length(top), length(bottom - top)))
        below += value
    at = LEFT + place * number
    title = f"{name}: {words(below)}"
    if len(series) > 1:
        told = [
            f"{each.name} {words(each.values[number])}" for each in series if each.values[number]
        ]
        title = "\n".join([title, *told])
    return Column(length(at), length(at + (place - width) / 2), title, parts)

"""Bars beside names, each perhaps of several parts, or with a line that goes further."""

from collections.abc import Sequence
from dataclasses import dataclass

from webchat.insight.charts.columns import Line
from webchat.insight.charts.scale import Scale, Words, length

WIDTH = 440  # half a page
LEFT, RIGHT, TOP, BOTTOM = 150, 104, 4, 24
ROW, THICK = 30, 14
INTERVALS = 4
NAME_LENGTH = 21  # characters beside the bars; the whole name comes with the pointer


@dataclass(frozen=True)
class Bar:
    """A name with values one after the other, and how far a line reaches beyond them."""

    name: str
    values: Sequence[tuple[str, float]]
    """Colours (CSS classes) and values."""
    text: str
    reach: float | None = None


@dataclass(frozen=True)
class Part:
    colour: str
    x: str
    width: str


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    text: str
    text_at: str
    place: str
    y: str
    middle: str
    baseline: str
    parts: list[Part]
    reach_from: str = ""
    reach: str = ""


@dataclass(frozen=True)
class Key:
    """What a colour stands for."""

    name: str
    colour: str


@dataclass(frozen=True)
class Bars:
    """A chart of bars, ready to be drawn."""

    template = "admin/insight/bars.html"

    title: str
    description: str
    series: Sequence[Key]
    rows: list[Row]
    lines: list[Line]
    height: int

    left, name_at, row, thick = str(LEFT), str(LEFT - 12), str(ROW), str(THICK)
    width, top = str(WIDTH), str(TOP)

    @property
    def view_box(self) -> str:
        return f"0 0 {WIDTH} {self.height}"

    @property
    def base(self) -> str:
        return str(self.height - BOTTOM)

    @property
    def label_at(self) -> str:
        return str(self.height - 6)


def bars(
    title: str,
    description: str,
    given: Sequence[Bar],
    words: Words,
    series: Sequence[Key] = (),
    *,
    whole: bool = True,
    intervals: int = INTERVALS,
) -> Bars:
    """`whole` is for what is counted; `series` is the legend, where there is more than one part.

    The axis has about so many `intervals`: fewer where `words` are long.
    """
    largest = max(max(sum(value for _, value in bar.values), bar.reach or 0) for bar in given)
    scale = Scale.up_to(largest, whole=whole, intervals=intervals)
    return Bars(
        title,
        description,
        series,
        [_row(number, bar, scale) for number, bar in enumerate(given)],
        [Line(length(_x(scale, tick)), words(tick)) for tick in scale.ticks()],
        TOP + ROW * len(given) + BOTTOM,
    )


def _x(scale: Scale, value: float) -> float:
    return LEFT + scale.share(value) * (WIDTH - LEFT - RIGHT)


def _row(number: int, bar: Bar, scale: Scale) -> Row:
    parts, total = [], 0.0
    for colour, value in bar.values:
        if value:
            start, end = _x(scale, total), _x(scale, total + value)
            parts.append(Part(colour, length(start), length(end - start)))
        total += value
    place = TOP + ROW * number
    short = bar.name if len(bar.name) <= NAME_LENGTH else f"{bar.name[: NAME_LENGTH - 1]}…"
    return Row(
        short,
        f"{bar.name}: {bar.text}",
        bar.text,
        length(_x(scale, max(total, bar.reach or 0)) + 8),
        str(place),
        length(place + (ROW - THICK) / 2),
        length(place + ROW / 2),
        length(place + ROW / 2 + 4),
        parts,
        length(_x(scale, total)) if bar.reach is not None else "",
        length(_x(scale, bar.reach)) if bar.reach is not None else "",
    )

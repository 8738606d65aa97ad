"""Axes: round numbers, and lengths on the page for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

STEPS = (1, 2, 2.5, 5, 10)
INTERVALS = 5  # at most so many are drawn, but for rounding


def length(value: float) -> str:
    """A coordinate, with a point whatever the language."""
    return f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Scale:
    """From 0 to `top`, a round number not below the largest value, in intervals of `interval`."""

    top: float
    interval: float

    @classmethod
    def up_to(cls, largest: float, *, whole: bool = True, intervals: int = INTERVALS) -> "Scale":
        """`whole` is for what is counted: there is nothing between 0 and 1."""
        interval = _round_up(max(largest, 1e-9) / intervals)
        if whole and interval != round(interval):
            interval = _round_up(interval, (1, 5, 10)) if interval > 1 else 1
        return cls(interval * max(1, ceil(largest / interval - 1e-9)), interval)

    def share(self, value: float) -> float:
        return value / self.top

    def ticks(self) -> list[float]:
        """Every interval, 0 and the top included."""
        return [self.interval * number for number in range(round(self.top / self.interval) + 1)]


def _round_up(value: float, steps: Sequence[float] = STEPS) -> float:
    """The next of 1, 2, 2.5, 5, 10, 20, 25, …"""
    power = 10.0 ** floor(log10(value))
    return float(next(step * power for step in steps if step * power >= value * (1 - 1e-9)))


def spread_evenly(count: int, most: int) -> list[int]:
    """Up to `most` of `count` places, evenly apart, the last one included."""
    every = ceil(count / most)
    return list(range((count - 1) % every, count, every))


Words = Callable[[float], str]
"""How a value is written."""

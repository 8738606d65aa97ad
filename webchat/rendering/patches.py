"""What changed in a list of HTML blocks since any earlier step, as the shortest tails.

A follower that saw the blocks as of some step holds, for each block, a string that agrees with today's
up to the smallest offset changed since. Keeping these offsets, instead of the changes, makes a patch
exact for a follower that is any number of steps behind.
"""

from bisect import bisect_right
from dataclasses import dataclass

_MAX_MARKS = 64


class Trail:
    """Where something changed and when, answering: what is the lowest place changed after step s?

    Only changes that no later one undercuts are kept, so places rise with steps and an answer is one
    binary search. Beyond 64 of them the oldest two become one: an old follower gets a longer tail than
    it needs, never a wrong one.
    """

    __slots__ = ("_places", "_steps")

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._places: list[int] = []

    def mark(self, step: int, place: int) -> None:
        """Something changed at `place` in `step`; steps never fall."""
        steps, places = self._steps, self._places
        while places and places[-1] >= place:
            places.pop()
            steps.pop()
        steps.append(step)
        places.append(place)
        if len(steps) > _MAX_MARKS:
            del steps[0], places[1]

    def lowest_since(self, step: int) -> int | None:
        """The lowest place changed after `step`, or None where nothing was."""
        index = bisect_right(self._steps, step)
        return self._places[index] if index < len(self._steps) else None

    def __len__(self) -> int:
        return len(self._steps)


@dataclass(frozen=True, slots=True)
class Patch:
    """From one step to another. Apply the tails in order, then drop the blocks from `count` on.

    `blocks`: (number from 0, offset in UTF-16 code units into the block's HTML, the HTML from there).
    """

    blocks: list[tuple[int, int, str]]
    count: int


class Board:
    """The HTML of each block now, and what changed when."""

    def __init__(self) -> None:
        self.step = 0
        self.blocks: list[str] = []
        self._trails: list[Trail] = []
        self._lowest = Trail()
        self._changing = False

    def begin(self) -> None:
        """What follows belongs to one step, which is counted only if something changes."""
        self._changing = False

    def put(self, number: int, html: str, same: int | None = None) -> None:
        """Block `number` (at most one past the last) reads `html`; `same`: known equal characters."""
        if number == len(self.blocks):
            self.blocks.append(html)
            self._trails.append(Trail())
            self._mark(number, 0)
            return
        before = self.blocks[number]
        if same is None:
            if before == html:
                return
            same = common_prefix(before, html)
        self.blocks[number] = html
        self._mark(number, same)

    def cut(self, count: int) -> None:
        """Only the first `count` blocks are left."""
        if count < len(self.blocks):
            del self.blocks[count:], self._trails[count:]
            self._next()
            self._lowest.mark(self.step, count)

    def since(self, step: int) -> Patch:
        """The patch from `step` (0: from nothing) to now."""
        first = self._lowest.lowest_since(step)
        if first is None:
            return Patch([], len(self.blocks))
        changed = []
        for number in range(first, len(self.blocks)):
            offset = self._trails[number].lowest_since(step)
            if offset is not None:
                html = self.blocks[number]
                changed.append((number, utf16_length(html, offset), html[offset:]))
        return Patch(changed, len(self.blocks))

    def _mark(self, number: int, offset: int) -> None:
        self._next()
        self._trails[number].mark(self.step, offset)
        self._lowest.mark(self.step, number)

    def _next(self) -> None:
        if not self._changing:
            self._changing = True
            self.step += 1


def common_prefix(one: str, other: str) -> int:
    """How many characters two strings share at their start; comparisons run in C."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def utf16_length(text: str, end: int) -> int:
    """The UTF-16 code units of `text[:end]`; `text` has no surrogates."""
    if not end or text.isascii():
        return end
    return len(text[:end].encode("utf-16-le")) // 2

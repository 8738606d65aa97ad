"""Markdown that is still being written, as patches of safe HTML.

Two laws, tested with every text cut everywhere. The patches applied in order, by a follower that may
lag, give the blocks of `markdown.render_blocks`. Every state on the way is sanitised HTML.

An update parses only the open end of the text: a top-level block is sealed once another begins after
it on a complete line, because no later line reaches back over a block in CommonMark. The exceptions
are definitions of links and footnotes: a text with one is parsed whole at each update (comrak needs
0.02 ms a kB), and only the blocks that came out different are finished again.
"""

import re
import time
from collections.abc import Sequence

from webchat.rendering import commonmark, fence
from webchat.rendering.citations import SourceLink
from webchat.rendering.guard import MAX_LENGTH, too_costly
from webchat.rendering.markdown import Purse, plain
from webchat.rendering.patches import Patch
from webchat.rendering.shown import ShownBlocks
from webchat.rendering.source import clean

# Every definition has its colon after a bracket that was opened where a paragraph can begin.
_DEFINITION = re.compile(
    r"^[ \t>*+\-\d.)]*\[(?:\^[^\]\n]+|(?:[^\[\]\\]|\\.){1,999})\]:", re.M | re.S
)
_DEFINITION_BEGUN = re.compile(r"[ \t>*+\-\d.)]*\[[^\]\n]*(?:\]?|\]:.*)\Z")

_MOST_AT_ONCE = 8_000  # characters of new text in one update
_MOST_OPEN = 16_000  # characters of one open block that are parsed again and again
_MOST_WHOLE = 48_000  # characters of a text with definitions that is parsed whole at each update


class StreamRenderer:
    """The HTML blocks of a text that grows, and patches between any two of their states."""

    def __init__(self, key: str = "") -> None:
        self._shown = ShownBlocks(key)
        self._waiting: list[str] = []
        self._held = ""
        self._text = ""
        self._sealed = 0  # blocks that stay
        self._tail = 0  # where the source after them begins
        self._purse = Purse()  # what the sealed blocks have left
        self._fence: fence.Fence | None = None
        self._whole = False  # whether a definition has been seen
        self._whole_end = 0  # the source shown while it is parsed whole
        self._plain_from: tuple[int, int] | None = None  # (block, source offset)
        self.cost = 0.0  #: seconds the last `render` took

    @property
    def step(self) -> int:
        """Rises whenever a block changed; 0 is the empty start."""
        return self._shown.board.step

    @property
    def blocks(self) -> list[str]:
        """The sanitised HTML of each block now. Not to be changed."""
        return self._shown.board.blocks

    @property
    def length(self) -> int:
        """Characters of the text that `render` has taken in."""
        return len(self._text)

    @property
    def behind(self) -> bool:
        """Whether text waits for another `render` (one takes in 8 000 characters at most)."""
        return bool(self._waiting)

    def patch_since(self, step: int) -> Patch:
        """What turns the blocks as of `step` into the blocks now."""
        return self._shown.board.since(step)

    def append(self, text: str) -> None:
        """More text; costs nothing until `render`."""
        if text:
            self._waiting.append(text)

    def set_sources(self, sources: Sequence[SourceLink]) -> None:
        """The answer's sources so far, in their order; at once seen in the blocks."""
        self._shown.begin()
        self._shown.link(tuple(sources))

    def render(self) -> None:
        """Bring the blocks up to date. Short enough for an event loop, whatever the text."""
        started = time.perf_counter()
        self._shown.begin()
        if self._take(_MOST_AT_ONCE):
            self._update()
        self._shown.pay()
        self.cost = time.perf_counter() - started

    def finish(self) -> None:
        """No more text comes: everything is as `markdown.render_blocks` has it.

        Takes as long as that function where blocks have not been finished before; see there.
        """
        self._take(len(self._text) + sum(map(len, self._waiting)), last=True)
        self._shown.begin(unlimited=True)
        if too_costly(self._text):
            self._shown.put_finished(0, plain(self._text))
            self._shown.cut(1)
            return
        raws = commonmark.blocks(self._text)
        purse = Purse()
        for number, raw in enumerate(raws):
            self._shown.put(number, raw, purse.spend(raw))
        self._shown.cut(len(raws))

    def _take(self, limit: int, last: bool = False) -> bool:
        """Move waiting text to the source; a `\\r` at its end is held until its `\\n` can be seen."""
        new = "".join(self._waiting)
        self._waiting.clear()
        taken, rest = self._held + new[:limit], new[limit:]
        self._held = "\r" if taken.endswith("\r") and not last else ""
        if rest:
            self._waiting.append(rest)
        self._text += clean(taken[:-1] if self._held else taken)
        return bool(taken)

    def _update(self) -> None:
        if self._plain_from is None and len(self._text) > MAX_LENGTH:
            self._plain_from = (0, 0)
        while self._plain_from is None:
            if self._whole:
                return self._update_whole()
            if self._fence is None:
                if not self._update_tail():
                    return None
            elif not self._update_fence(self._fence):
                return None
        return self._update_plain(*self._plain_from)

    def _update_plain(self, number: int, start: int) -> None:
        """What is too large or too costly to parse again and again grows as it was written."""
        self._shown.put_finished(number, plain(self._text[start:]))
        self._shown.cut(number + 1)

    def _update_fence(self, growing: fence.Fence) -> bool:
        """Whether the fence closed and there may be more to do."""
        growing.grow(self._text)
        if not growing.closed_at:
            self._shown.put_finished(self._sealed, growing.html, growing.same)
            self._shown.cut(self._sealed + 1)
            return False
        for raw in commonmark.blocks(self._text[growing.start : growing.closed_at]):
            self._seal(raw)
        self._tail = growing.closed_at
        self._fence = None
        return True

    def _seal(self, raw: str) -> None:
        self._shown.put(self._sealed, raw, self._purse.spend(raw))
        self._sealed += 1

    def _update_tail(self) -> bool:
        """Parse the open end. Whether this ended in another state, which goes on from here."""
        source = self._text[self._tail :]
        if too_costly(source):
            self._plain_from = (0, 0)
            return True
        if "]:" in source and _DEFINITION.search(source):
            self._whole = True
            return True
        placed = commonmark.placed_blocks(source)
        if self._seal_before_last(source, placed):
            return True
        if len(self._text) - self._tail > _MOST_OPEN:
            self._plain_from = (self._sealed, self._tail)
            return True
        return False

    def _seal_before_last(self, source: str, placed: list[tuple[str, int]]) -> bool:
        """Show the blocks of the open end, sealing what is. Whether an open fence was found."""
        bound = _sealable(placed, source.count("\n"))
        for raw, _ in placed[:bound]:
            self._seal(raw)
        open_blocks = placed[bound:]
        start = _line_start(source, open_blocks[0][1]) if open_blocks else 0
        self._tail += start
        if len(open_blocks) == 1 and open_blocks[0][0].startswith("<pre>"):
            self._fence = fence.opening(source, start, self._tail)
            if self._fence:
                return True
        purse = Purse(self._purse.code, self._purse.maths)
        for index, (raw, _) in enumerate(open_blocks):
            last = index == len(open_blocks) - 1
            self._shown.put(self._sealed + index, raw, purse.spend(raw), growing=last)
        self._shown.cut(self._sealed + len(open_blocks))
        return False

    def _update_whole(self) -> None:
        if len(self._text) > _MOST_WHOLE:
            number = len(self._shown)
            self._plain_from = (number, self._whole_end)
            return self._update_plain(number, self._whole_end)
        if too_costly(self._text):
            self._plain_from = (0, 0)
            return self._update_plain(0, 0)
        self._whole_end = self._definitions_end()
        raws = commonmark.blocks(self._text[: self._whole_end])
        purse = Purse()
        for number, raw in enumerate(raws):
            self._shown.put(number, raw, purse.spend(raw), growing=number == len(raws) - 1)
        return self._shown.cut(len(raws))

    def _definitions_end(self) -> int:
        """Where the source ends that may be shown: a definition counts once its line is complete."""
        line = self._text.rfind("\n") + 1
        return line if _DEFINITION_BEGUN.match(self._text, line) else len(self._text)


def _sealable(placed: list[tuple[str, int]], complete: int) -> int:
    """How many blocks no more text can change, of blocks with their first lines.

    `complete`: lines that have ended. What begins a block on such a line begins it for good, save a
    table: until its second line has ended, it may yet be a part of the paragraph before.
    """
    for index in range(len(placed) - 1, 0, -1):
        raw, line = placed[index]
        if 0 < line <= complete - raw.startswith("<table"):
            return index
    return 0


def _line_start(text: str, line: int) -> int:
    """The offset of a line (numbered from 1; 0 and 1: the start)."""
    position = 0
    for _ in range(line - 1):
        position = text.index("\n", position) + 1
    return position

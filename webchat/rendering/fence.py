"""A code block that is still being written: it grows by escaped text, without a parser."""

import re

from webchat.rendering import code
from webchat.rendering.source import escape

# Only a fence at the very start of its line: then no line of the code loses any indentation.
_OPENING = re.compile(r"(?:(`{3,})[ \t]*([\w+#.-]*)[ \t]*|(~{3,})[ \t]*([\w+#.-]*)[ \t]*)\n", re.A)
_PERHAPS_CLOSING = {"`": re.compile(r" {0,3}`+[ \t]*"), "~": re.compile(r" {0,3}~+[ \t]*")}
_END = "</code></pre>"


class Fence:
    """The open fence that begins at `start` of a growing text.

    `html` is its block now, `same` how many of its characters the last call left alone, `closed_at`
    the end of its closing line once that is complete.
    """

    def __init__(self, start: int, opening: re.Match[str]) -> None:
        run = opening[1] or opening[3]
        self.start = start
        self.html = code.head(opening[2] or opening[4] or "") + _END
        self.closed_at = 0
        self.same = 0
        self._perhaps = _PERHAPS_CLOSING[run[0]]
        self._closing = re.compile(rf"^ {{0,3}}{run}{run[0]}*[ \t]*\n", re.M)
        self._body_end = len(self.html) - len(_END)
        self._read = start + len(opening[0])

    def grow(self, text: str) -> None:
        """Take in what `text`, the whole source so far, has got since the last call."""
        if closing := self._closing.search(text, self._line_start(text)):
            self.closed_at = closing.end()
            return
        new = text[self._read : self._shown_end(text)]
        self._read += len(new)
        self._append(new)

    def _line_start(self, text: str) -> int:
        return text.rfind("\n", self.start, self._read) + 1

    def _shown_end(self, text: str) -> int:
        """A last line that may become the closing one is not shown yet."""
        line = text.rfind("\n", self.start) + 1
        if line >= self._read and self._perhaps.fullmatch(text, line):
            return line
        return len(text)

    def _append(self, new: str) -> None:
        self.same = self._body_end
        if new:
            self.html = f"{self.html[: self.same]}{escape(new)}{_END}"
            self._body_end = len(self.html) - len(_END)


def opening(source: str, start: int, offset: int) -> Fence | None:
    """The fence whose opening line is complete at `start` of `source`, or None if none is.

    `offset`: where the same place lies in the whole text, which `Fence.grow` gets.
    """
    found = _OPENING.match(source, start)
    return Fence(offset, found) if found else None

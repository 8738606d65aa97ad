"""The blocks of a growing answer as they are shown: finished only when their source has changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from webchat.rendering import code, maths
from webchat.rendering.citations import SourceLink, has_marks, link
from webchat.rendering.markdown import Purse, dress
from webchat.rendering.patches import Board

# What one update may newly colour and convert, so that it stays short (some lexers take 0.1 s over 8 kB
# of hostile code); the rest waits its turn, or for the end.
_CODE_AT_ONCE = 8_000
_MATHS_AT_ONCE = 10_000


@dataclass(slots=True)
class _Shown:
    """One block: comrak's HTML, how it was finished, and the result before citation marks."""

    raw: str
    manner: tuple[bool, bool, bool]
    clean: str


class ShownBlocks:
    """Takes comrak's blocks by number, keeps a `Board` of their finished HTML up to date."""

    def __init__(self, key: str) -> None:
        self.board = Board()
        self._key = key
        self._sources: Sequence[SourceLink] = ()
        self._shown: list[_Shown] = []
        self._owed: dict[int, tuple[bool, bool]] = {}
        self._at_once = Purse()

    def begin(self, unlimited: bool = False) -> None:
        """A new update starts, and with it a new allowance of colours and formulas."""
        self.board.begin()
        self._at_once = Purse() if unlimited else Purse(_CODE_AT_ONCE, _MATHS_AT_ONCE)

    def put(self, number: int, raw: str, allowed: tuple[bool, bool], growing: bool = False) -> None:
        """Block `number` is this HTML of comrak's; `allowed`: colours and formulas."""
        coloured, converted = allowed
        manner = (coloured, converted, growing and "<pre>" in raw)
        if number < len(self._shown):
            shown = self._shown[number]
            if shown.raw == raw and shown.manner == manner:
                return
        self._owed.pop(number, None)
        affordable = self._at_once.spend(raw)
        if affordable != (True, True):
            coloured, converted = coloured and affordable[0], converted and affordable[1]
            if (coloured, converted) != allowed:
                self._owed[number] = allowed
        self._finish(number, raw, (coloured, converted, manner[2]))

    def put_finished(self, number: int, html: str, same: int | None = None) -> None:
        """Block `number` reads `html`, already escaped; `same`: characters known to be equal."""
        self._owed.pop(number, None)
        known = same if number < len(self._shown) and not self._shown[number].raw else None
        self._keep(number, _Shown("", (False, False, False), html))
        self.board.put(number, html, known)

    def cut(self, count: int) -> None:
        """Only the first `count` blocks are left."""
        del self._shown[count:]
        self.board.cut(count)
        for number in [number for number in self._owed if number >= count]:
            del self._owed[number]

    def pay(self) -> None:
        """Finish what earlier updates had no time for, as far as this one's allowance goes."""
        for number, allowed in sorted(self._owed.items()):
            shown = self._shown[number]
            if code.size(shown.raw) <= self._at_once.code and (
                maths.size(shown.raw) <= self._at_once.maths
            ):
                self.put(number, shown.raw, allowed, shown.manner[2])

    def link(self, sources: Sequence[SourceLink]) -> None:
        """The sources are these now; only blocks with a mark change."""
        self._sources = sources
        for number, shown in enumerate(self._shown):
            if has_marks(shown.clean):
                self.board.put(number, self._linked(shown))

    def __len__(self) -> int:
        return len(self._shown)

    def _finish(self, number: int, raw: str, manner: tuple[bool, bool, bool]) -> None:
        shown = _Shown(raw, manner, dress(raw, self._key, *manner))
        self._keep(number, shown)
        self.board.put(number, self._linked(shown))

    def _linked(self, shown: _Shown) -> str:
        return link(shown.clean, self._sources) if shown.raw else shown.clean

    def _keep(self, number: int, shown: _Shown) -> None:
        if number == len(self._shown):
            self._shown.append(shown)
        else:
            self._shown[number] = shown

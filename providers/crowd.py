"""Many answers at once are read in larger pieces.

An upstream sends every token by itself, and waking up for one costs more than reading ten. With a
few answers under way each piece is read at once; the more there are, the longer a reader rests
after a piece it had to wait for, so that the next reading finds several.
"""

import asyncio
from types import TracebackType
from typing import Self

QUIET = 8  # so many answers are read without any rest
REST_PER_ANSWER = 0.0025  # seconds; about as long as answers wait to be rendered anyway
REST_MAX = 0.2  # five readings a second still look continuous
FIRST_PIECES = 3  # the beginning of an answer is never held back
WAITED = 0.0005  # seconds; a piece that came faster was there already


class Reader:
    """One of those who read; the context lasts as long as the body."""

    _readers = 0

    def __init__(self) -> None:
        self._pieces = 0

    def __enter__(self) -> Self:
        Reader._readers += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        Reader._readers -= 1

    async def rest(self, waited: float) -> None:
        """Rest after a piece that was `waited` seconds for."""
        self._pieces += 1
        if Reader._readers > QUIET and self._pieces > FIRST_PIECES and waited > WAITED:
            await asyncio.sleep(min(REST_PER_ANSWER * Reader._readers, REST_MAX))

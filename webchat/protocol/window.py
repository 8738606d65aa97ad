"""Flow control: how much a page was sent that it has not received yet.

daphne takes everything that is sent and keeps it in memory until the browser reads, so the limit is
ours to hold.
"""

import asyncio
from collections import deque

WINDOW_BYTES = 256 * 1024  # unacknowledged; a page that reads never has this much on its way


class Window:
    """Of one run on one socket, however often the page begins to follow."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self._sent: deque[tuple[int, int]] = deque()
        self._bytes = 0

    @property
    def is_open(self) -> bool:
        return self._bytes < WINDOW_BYTES

    def new_bell(self) -> asyncio.Event:
        """A bell for whoever follows now; it rings at every acknowledgement."""
        self._bell = asyncio.Event()
        return self._bell

    def sent(self, seq: int, size: int) -> None:
        """An event up to `seq` of this many bytes is on its way."""
        self._sent.append((seq, size))
        self._bytes += size

    def acknowledge(self, seq: int) -> None:
        """The browser has received everything up to `seq`."""
        while self._sent and self._sent[0][0] <= seq:
            self._bytes -= self._sent.popleft()[1]
        self._bell.set()

    async def wait_until_open(self) -> None:
        bell = self._bell
        while not self.is_open:
            bell.clear()
            await bell.wait()

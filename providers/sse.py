"""Server-sent events: bytes in, events out, cut anywhere.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream,
with one difference: an event that the end of the stream cuts off before its blank line is
delivered, because several upstreams leave the last blank line out.
"""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import NamedTuple

from providers.errors import UnexpectedResponse

MAX_EVENT_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """One event. `data` holds its lines joined by a line feed."""

    data: str
    event: str = "message"
    id: str = ""


class EventDecoder:
    """Incremental parser of one stream; holds at most one event of `max_bytes`."""

    def __init__(self, max_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._pending: list[bytes] = []  # pieces of a line that has no end yet
        self._held = 0  # bytes in _pending and _data together
        self._data: list[bytes] = []
        self._event = ""
        self._id = ""
        self._after_cr = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes. Raises UnexpectedResponse for one too large."""
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if not chunk:
            return []
        if b"\n" not in chunk and b"\r" not in chunk:
            self._hold(self._pending, chunk)
            return []
        return self._read_lines(chunk)

    def flush(self) -> list[Event]:
        """The event that the end of the stream left without its blank line, if any."""
        events: list[Event] = []
        if self._pending:
            self._read_line(self._take_pending(b""), events)
        self._read_line(b"", events)
        return events

    def _read_lines(self, chunk: bytes) -> list[Event]:
        events: list[Event] = []
        lines = chunk.splitlines()  # on bytes: only CR, LF and CRLF
        if chunk[-1] in b"\r\n":
            rest = b""
            self._after_cr = chunk.endswith(b"\r")
        else:
            rest = lines.pop()
        if self._pending or self._at_start:
            lines[0] = self._take_pending(lines[0])
        for line in lines:
            self._read_line(line, events)
        if rest:
            self._hold(self._pending, rest)
        return events

    def _take_pending(self, end: bytes) -> bytes:
        line = b"".join([*self._pending, end])
        self._held -= sum(map(len, self._pending)) + len(self._pending)
        self._pending.clear()
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        return line

    def _read_line(self, line: bytes, events: list[Event]) -> None:
        if line.startswith(b"data:"):
            self._hold(self._data, line[6:] if line[5:6] == b" " else line[5:])
        elif not line:
            self._dispatch(events)
        elif not line.startswith(b":"):
            self._read_field(*line.partition(b":")[::2])

    def _read_field(self, name: bytes, value: bytes) -> None:
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"data":
            self._hold(self._data, b"")
        elif name == b"event":
            self._event = text
        elif name == b"id" and "\0" not in text:
            self._id = text

    def _dispatch(self, events: list[Event]) -> None:
        if self._data:
            data = b"\n".join(self._data).decode("utf-8", "replace")
            events.append(Event(data, self._event or "message", self._id))
            self._data.clear()
            self._held = 0
        self._event = ""

    def _hold(self, place: list[bytes], piece: bytes) -> None:
        self._held += len(piece) + 1  # the 1: empty lines take room as well
        if self._held > self._max_bytes:
            raise UnexpectedResponse(
                "The provider sent a piece that is too large to be part of an answer.",
                detail=f"event over {self._max_bytes} bytes",
            )
        place.append(piece)


async def batches(
    chunks: AsyncIterable[bytes], max_bytes: int = MAX_EVENT_BYTES
) -> AsyncGenerator[list[Event], None]:
    """The events of a stream of bytes as they become complete, those that come together as one."""
    decoder = EventDecoder(max_bytes)
    async for chunk in chunks:
        if found := decoder.feed(chunk):
            yield found
    if found := decoder.flush():
        yield found


async def events(
    chunks: AsyncIterable[bytes], max_bytes: int = MAX_EVENT_BYTES
) -> AsyncGenerator[Event, None]:
    """The events of a stream of bytes, one by one; none over `max_bytes`."""
    async for batch in batches(chunks, max_bytes):
        for event in batch:
            yield event

"""HTTP/1.1 as a client speaks it over one stream.

h11 writes the questions, llhttp (what Node.js reads with; in httptools) reads the answers, this moves
the bytes. A server sends a chunk for every token, and several have come by the time they are read: one
reading takes all that is there (docs/adr/0010-one-reading-takes-all.md).
"""

import select
import ssl
from typing import NamedTuple

import anyio
import h11
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from providers import pulse

_READ_BYTES = 64 * 1024
_WRITE_BYTES = 256 * 1024  # what the slowest line that is of any use takes within the write limit
_MAX_FRAME_BYTES = 100 * 1024  # on the wire without a piece of a body: heads, fields behind it
_FORGIVEN = {
    # Servers that people write themselves do this, and nothing but our own next question would be
    # in danger: a connection belongs to one question at a time.
    "lenient_chunked_length": True,  # a length besides the chunks
    "lenient_optional_cr_before_lf": True,
    "lenient_spaces_after_chunk_size": True,
}


class Question(NamedTuple):
    """One request; `target` is what stands between method and version."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""


class Head(NamedTuple):
    """How an answer begins."""

    status: int
    headers: list[tuple[bytes, bytes]]


class BadAnswer(Exception):
    """What the server said is no HTTP."""


class HungUp(Exception):
    """The server went away before its answer was whole."""


class Http1:
    """Questions and answers on one stream, one after the other.

    Raises anyio's errors of the network, TimeoutError where no slice of a question goes through in
    time, h11.LocalProtocolError for one that must not be sent, BadAnswer and HungUp.
    """

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self._answer = _Answer()
        self._asked = False

    @property
    def finished(self) -> bool:
        """Whether question and answer are through and the next question may follow."""
        return self._asked and self._answer.over and self._answer.leaves_open

    @property
    def silent(self) -> bool:
        """Whether not a byte has come since the last question."""
        return not self._answer.begun

    @property
    def left(self) -> bool:
        """Whether the server hung up, or spoke without being asked."""
        if _has_deciphered(self.stream):
            return True
        socket = self.stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - no database
        poll = select.poll()
        poll.register(socket, select.POLLIN)
        return bool(poll.poll(0))

    async def ask(self, question: Question, write_limit: float) -> Head:
        """The head of the answer to a question; `write_limit` as `send` has it."""
        await self.send(question, write_limit)
        return await self.head()

    async def send(self, question: Question, write_limit: float) -> None:
        """Write a question in slices, each of which has `write_limit` seconds."""
        self._answer, self._asked = _Answer(), False
        words = _words(question)
        try:
            for start in range(0, len(words), _WRITE_BYTES):
                with anyio.fail_after(write_limit):
                    await self.stream.send(words[start : start + _WRITE_BYTES])
                pulse.beat()
            self._asked = True
        except anyio.BrokenResourceError:
            pass  # it may have answered before it heard everything, and hung up

    async def head(self) -> Head:
        """How the answer to what was sent begins."""
        while self._answer.head is None:
            await self._receive()
        return self._answer.head

    async def read(self) -> bytes:
        """What has come of the body, at least a byte; empty at its end."""
        answer = self._answer
        while not (answer.pieces or answer.over):
            await self._receive()
        pieces, answer.pieces = answer.pieces, []
        return b"".join(pieces)

    async def _receive(self) -> None:
        """The time limits are the caller's."""
        answer = self._answer
        if answer.failure is not None:
            raise answer.failure
        try:
            data = await self.stream.receive(_READ_BYTES)
        except anyio.EndOfStream:
            answer.end()
        else:
            pulse.beat()
            answer.feed(data)


def _has_deciphered(stream: ByteStream) -> bool:
    """Whether TLS holds something that was received already, which no socket would tell."""
    tls = stream.extra(TLSAttribute.ssl_object, None)  # noqa: S610
    if tls is None:
        return False
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        pass
    return True


def _words(question: Question) -> bytes:
    rules = h11.Connection(h11.CLIENT)
    request = h11.Request(method=question.method, target=question.target, headers=question.headers)
    parts: list[h11.Event] = [request, h11.Data(question.body), h11.EndOfMessage()]
    return b"".join(rules.send(part) or b"" for part in parts)


class _Answer:
    """One answer as it comes. The methods named `on_…` are what the parser calls."""

    def __init__(self) -> None:
        self.begun = False
        self.head: Head | None = None
        self.pieces: list[bytes] = []
        """What came of the body and was not handed on."""
        self.over = False
        self.leaves_open = False
        """Whether the connection can be used again, once the answer is over."""
        self.failure: BadAnswer | HungUp | None = None
        """What to raise when all that came before it was handed on."""
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_FORGIVEN)
        self._headers: list[tuple[bytes, bytes]] = []
        self._frame_bytes = 0
        self._ends_with_connection = False

    def feed(self, data: bytes) -> None:
        self.begun = True
        self._frame_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if self.over:
                self.leaves_open = False  # it says more than it was asked
            else:
                self.failure = BadAnswer(str(error))
        if self._frame_bytes > _MAX_FRAME_BYTES and not self.over:
            self.failure = BadAnswer("head or foot have no end")

    def end(self) -> None:
        """The server sends no more; that is how an answer ends that did not say its length."""
        if self.head is not None and self._ends_with_connection:
            self.over = True
        else:
            self.failure = HungUp("in the middle" if self.head else "without an answer")

    def on_message_begin(self) -> None:
        self.leaves_open = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head is None:
            self._headers.append((name, value.rstrip(b" ")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200 and self.head is None:  # what is less announces that an answer will come
            self._begin(Head(status, self._headers))
        self._headers = []

    def on_body(self, data: bytes) -> None:
        self._frame_bytes = 0
        if not self.over:
            self.pieces.append(data)

    def on_message_complete(self) -> None:
        if self.head is not None:
            self.leaves_open = not self.over and self._parser.should_keep_alive()
            self.over = True

    def _begin(self, head: Head) -> None:
        names = [name.lower() for name, _ in head.headers]
        encodings = [
            value.lower()
            for name, (_, value) in zip(names, head.headers, strict=True)
            if name == b"transfer-encoding"
        ]
        if encodings in ([], [b"chunked"]):
            self.head = head
            self._ends_with_connection = not encodings and b"content-length" not in names
        else:
            self.failure = BadAnswer("an encoding nobody asked for")

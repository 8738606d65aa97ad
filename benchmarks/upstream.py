"""A model server that only keeps time: chat completions, streamed at any rate to hundreds at once.

The model's name says how: `bench-RATE-TOKENS` or `bench-RATE-TOKENS-WAIT`: tokens of four
characters a second (0: as fast as the reader takes them), how many of them, milliseconds before the
first (100 unless told). `GET /times` tells, by the last user message of each request, when the first
token and the last byte left, in seconds of the monotonic clock, which all processes of a machine
share. It is a process of its own (`python -m benchmarks.upstream`), prints its port and ends with
its standard input.

Wire: the OpenAI API reference, "chat completion chunk"; HTTP/1.1 chunks (RFC 9112, section 7.1).
"""

import asyncio
import heapq
import json
import sys
import threading
import time
import zlib
from dataclasses import asdict, dataclass

from benchmarks import texts

TOKEN_CHARS = 4
WAIT_MS = 100
AT_ONCE = 64  # tokens in one write at full speed
STEP_SECONDS = 0.002  # no finer than this; tokens that are due together are written together

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
STREAM_HEAD = HEAD % b"text/event-stream" + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass
class Times:
    """When one answer was asked for, began and ended; `chars` and `tokens` are what was sent."""

    asked: float
    first: float = 0.0
    last: float = 0.0
    tokens: int = 0
    chars: int = 0


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(text: str) -> bytes:
    """One token on the wire."""
    delta = json.dumps(text, ensure_ascii=False).encode()
    return chunk(
        b'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":'
        + delta
        + b'},"finish_reason":null}]}\n\n'
    )


END = (
    chunk(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n')
    + chunk(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)


class Stream:
    """One answer on its way."""

    def __init__(self, writer: asyncio.StreamWriter, model: str, times: Times, tag: str) -> None:
        rate, tokens, *wait = (int(part) for part in model.split("-")[1:])
        self.interval = 1 / rate if rate else 0.0
        self.times = times
        self.text = texts.answer(zlib.crc32(tag.encode()), tokens * TOKEN_CHARS)
        self.due = times.asked + (wait[0] if wait else WAIT_MS) / 1000
        self.ended = asyncio.Event()
        self._writer = writer
        self._sent = 0

    def take(self, most: int) -> bytes:
        """The next tokens."""
        start = self._sent
        self._sent = min(start + most * TOKEN_CHARS, len(self.text))
        pieces = range(start, self._sent, TOKEN_CHARS)
        self.times.tokens += len(pieces)
        self.times.chars = self._sent
        return b"".join(event(self.text[at : at + TOKEN_CHARS]) for at in pieces)

    @property
    def finished(self) -> bool:
        return self._sent >= len(self.text)

    def step(self, now: float) -> bool:
        """Write what is due; whether there is more to come."""
        if self._writer.is_closing():
            self.ended.set()
            return False
        count = 1 + int((now - self.due) / self.interval)
        self.due += count * self.interval
        if not self.times.first:
            self.times.first = time.monotonic()
        self._writer.write(self.take(count))
        if self.finished:
            self.end()
        return not self.finished

    def end(self) -> None:
        self._writer.write(END)
        self.times.last = time.monotonic()
        self.ended.set()

    async def rush(self) -> None:
        """Everything at once, as fast as the reader takes it."""
        await asyncio.sleep(max(self.due - time.monotonic(), 0))
        self.times.first = time.monotonic()
        while not self.finished:
            self._writer.write(self.take(AT_ONCE))
            await self._writer.drain()
        self.end()


class Metronome:
    """One timer for all streams."""

    def __init__(self) -> None:
        self._streams: list[tuple[float, int, Stream]] = []
        self._bell = asyncio.Event()

    def add(self, stream: Stream) -> None:
        heapq.heappush(self._streams, (stream.due, id(stream), stream))
        self._bell.set()

    async def run(self) -> None:
        while True:
            if not self._streams:
                self._bell.clear()
                await self._bell.wait()
            await asyncio.sleep(max(self._streams[0][0] - time.monotonic(), STEP_SECONDS))
            now = time.monotonic()
            while self._streams and self._streams[0][0] <= now:
                _, _, stream = heapq.heappop(self._streams)
                if stream.step(now):
                    self.add(stream)


class Upstream:
    """The server: what was asked of it and when it answered."""

    def __init__(self) -> None:
        self.times: dict[str, Times] = {}
        self._metronome = Metronome()
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen on a free port of the loopback; returns it."""
        self._beat = asyncio.create_task(self._metronome.run())
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._server = server
        return int(server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, and break off what is on its way."""
        self._beat.cancel()
        self._server.close()
        for task in tuple(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await self._answer(await self._request(reader), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return head.split(b" ", 2)[1], await reader.readexactly(length)

    async def _answer(self, request: tuple[bytes, bytes], writer: asyncio.StreamWriter) -> None:
        path, body = request
        if path.endswith(b"/chat/completions"):
            await self._complete(json.loads(body), writer)
        elif path.endswith(b"/times"):
            times = {tag: asdict(times) for tag, times in self.times.items()}
            self.times.clear()
            self._say(writer, json.dumps(times).encode())
        else:
            self._say(writer, b'{"data": []}')

    def _say(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        head = HEAD % b"application/json" + b"Content-Length: %d\r\n\r\n" % len(body)
        writer.write(head + body)

    async def _complete(self, wish: dict[str, object], writer: asyncio.StreamWriter) -> None:
        messages = wish["messages"]
        assert isinstance(messages, list)
        tag = str(messages[-1]["content"])
        times = self.times[tag] = Times(asked=time.monotonic())
        stream = Stream(writer, str(wish["model"]), times, tag)
        writer.write(STREAM_HEAD)
        if not stream.interval:
            await stream.rush()
            return
        self._metronome.add(stream)
        await stream.ended.wait()


async def main() -> None:
    texts.corpus()
    print(await Upstream().start(), flush=True)
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(gone.set)

    threading.Thread(target=watch, daemon=True).start()
    await gone.wait()


if __name__ == "__main__":
    asyncio.run(main())

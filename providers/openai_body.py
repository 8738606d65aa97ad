"""The body of a chat completion, read for what it is: events, or one whole object.

Servers label the one as the other, and end it untidily; neither spoils an answer that came whole.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, suppress
from itertools import takewhile
from typing import Any

from providers import sse
from providers.errors import ProviderError, UnexpectedResponse
from providers.http import MAX_READ_BYTES, Response, check_size
from providers.openai_chunks import Answer

_READ_OUT_SECONDS = 0.2  # a body that ends does so right after its last event
_USAGE_SECONDS = 2.0  # what may still come behind a finish reason comes soon
_MAX_EVENT_BYTES = 32 * 1024 * 1024  # a picture comes as base64 in one event
_BOM = b"\xef\xbb\xbf"
_OPENS_JSON = (b"{", b"[")
_OPENS_EVENTS = (b"d", b"e", b"i", b"r", b":")  # data, event, id, retry, a comment


class Body:
    """The body of `response`; `answer` is what its objects add up to, as its reader does it."""

    def __init__(self, response: Response, answer: Answer) -> None:
        self._response = response
        self._answer = answer
        self._waits_until: float | None = None
        self.complete = False
        """Whether it was said that nothing more follows."""

    async def objects(self) -> AsyncGenerator[Iterable[Any], None]:
        """The decoded objects, those that came together as one iterable (decoded when it is read).

        Raises what the response raises, unless the answer had come to its finish reason.
        """
        kind = self._response.headers.get("content-type", "").lower()
        if "html" in kind:
            raise _web_page("content type html")
        async with aclosing(self._response.chunks()) as chunks:
            begin = await _begin(chunks)
            async with aclosing(_chained(begin, chunks)) as pieces:
                if _is_whole(begin, kind):
                    yield [self._response.decoded(await _joined(pieces))]
                    self.complete = True
                    return
                async with aclosing(sse.batches(pieces, _MAX_EVENT_BYTES)) as batches:
                    while batch := await self._next(batches):
                        said = list(takewhile(_is_not_done, batch))
                        yield (_decoded(event.data) for event in said)
                        if len(said) < len(batch):
                            self.complete = True
                            await _read_out(batches)
                            return

    async def _next(self, batches: AsyncIterator[list[sse.Event]]) -> list[sse.Event]:
        """What comes next, nothing at the end."""
        if not self._answer.finished:
            return await anext(batches, [])
        if self._waits_until is None:
            self._waits_until = asyncio.get_running_loop().time() + _USAGE_SECONDS
        try:
            async with asyncio.timeout_at(self._waits_until):
                return await anext(batches, [])
        except (TimeoutError, ProviderError):
            return []


async def _begin(chunks: AsyncIterator[bytes]) -> bytes:
    """The first piece that is not blank; some servers send blanks while they think."""
    async for piece in chunks:
        if piece.removeprefix(_BOM).strip():
            return piece
    return b""


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield first
    async for piece in rest:
        yield piece


async def _joined(pieces: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for piece in pieces:
        body += piece
        check_size(len(body), MAX_READ_BYTES)
    return bytes(body)


def _is_whole(begin: bytes, kind: str) -> bool:
    """Whether a body that begins so is one object; the label decides where the byte does not."""
    first = begin.removeprefix(_BOM).lstrip()[:1]
    if first == b"<":
        raise _web_page(f"a page as {kind[:80]}")
    says_json = "json" in kind and "stream" not in kind and "ndjson" not in kind
    return first in _OPENS_JSON or (says_json and first not in _OPENS_EVENTS)


def _web_page(detail: str) -> UnexpectedResponse:
    return UnexpectedResponse(
        "The address answers with a web page. Check that it ends with /v1.", detail=detail
    )


def _is_not_done(event: sse.Event) -> bool:
    return event.data.strip() != "[DONE]"


async def _read_out(batches: AsyncIterator[list[sse.Event]]) -> None:
    """Read to the end of a body that says nothing more, so that its connection can serve again."""
    with suppress(TimeoutError, ProviderError):
        async with asyncio.timeout(_READ_OUT_SECONDS):
            async for _ in batches:
                pass


def _decoded(data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise UnexpectedResponse(detail=f"an event is not JSON, {len(data)} characters") from None

"""HTTP to the upstreams: the only file that knows httpx.

httpx makes the requests and reads the heads of the answers; connection.py asks and reads the bodies.
A connection serves one request at a time and comes from a free list; one that saw an error or a
cancel is closed, never used again. The deadlines are our own: each is measured around one wait, so
that none of them stretches over a `yield`.
"""

import asyncio
import json as jsonlib
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import cache
from typing import Any, NoReturn
from urllib.parse import urlsplit

import anyio
import h11
import httpx

from providers.connection import Connection, Route
from providers.crowd import Reader
from providers.errors import (
    ProviderError,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.http1 import BadAnswer, Head, HungUp, Question
from providers.leases import Leases
from providers.proxy import check_proxy
from providers.statuses import describe, error_for_status
from providers.timeouts import Timeouts
from providers.watch import Watch

__all__ = ["Response", "error_for_status", "raise_for_status", "request", "ssl_context"]

MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_READ_BYTES = 16 * 1024 * 1024
_MAX_ERROR_BYTES = 64 * 1024

# A compressing server collects before it sends; a fragment must not wait for the next one.
_HEADERS = {"user-agent": "webchat", "accept": "*/*", "accept-encoding": "identity"}

_PORTS = {"http": 80, "https": 443}
_BROKEN = (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError)


@cache
def ssl_context() -> ssl.SSLContext:
    """The one TLS context of the process (building one takes 20 ms): bundled and system roots."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context


class Response:
    """An answer whose body is still on its way; it lives as long as the block of `request`."""

    def __init__(
        self, response: httpx.Response, connection: Connection, timeouts: Timeouts, ends: float
    ) -> None:
        self._response = response
        self._connection = connection
        self._timeouts = timeouts
        self._ends = ends
        self.status = response.status_code
        self.headers: httpx.Headers = response.headers
        """Names are found in any case."""

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies this answer sets."""
        return dict(self._response.cookies)

    async def chunks(self, limit: int = MAX_ANSWER_BYTES) -> AsyncGenerator[bytes, None]:
        """The body as it comes, in pieces of all that is there.

        Raises Timeout after a silence of `timeouts.read` or when `timeouts.total` is over,
        Unavailable when the connection breaks, UnexpectedResponse beyond `limit` bytes.
        """
        size = 0
        unpacked = self._unpacked()
        watch = Watch(self._timeouts.read, self._ends)
        try:
            with Reader() as reader:
                while True:
                    before = watch.time()
                    with _errors_named(), watch.wait():
                        piece = await (
                            anext(unpacked, b"") if unpacked else self._connection.read()
                        )
                    if not piece:
                        return
                    waited = watch.time() - before
                    size += len(piece)
                    check_size(size, limit)
                    yield piece
                    if not self._connection.finished:
                        await reader.rest(waited)
        finally:
            watch.close()
            if unpacked:
                await unpacked.aclose()

    async def read(self, limit: int = MAX_READ_BYTES) -> bytes:
        """The whole body. Raises what `chunks` raises."""
        async with aclosing(self.chunks(limit)) as chunks:
            return b"".join([chunk async for chunk in chunks])

    async def beginning(self, limit: int = _MAX_ERROR_BYTES) -> bytes:
        """What comes of the first `limit` bytes: enough of an error to tell what it is."""
        found = b""
        try:
            async with aclosing(self.chunks()) as chunks:
                async for chunk in chunks:
                    found += chunk
                    if len(found) >= limit:
                        break
        except ProviderError:
            pass  # the error it was sent with says more than how that came
        return found[:limit]

    async def json(self, limit: int = MAX_READ_BYTES) -> Any:
        """The whole body decoded. Raises UnexpectedResponse where it is not JSON."""
        return self.decoded(await self.read(limit))

    def decoded(self, body: bytes) -> Any:
        """The body as JSON. Raises UnexpectedResponse where it is not."""
        try:
            return jsonlib.loads(body)
        except (ValueError, RecursionError):
            raise UnexpectedResponse(
                detail=f"not JSON: {describe(self.status, self.headers, body)}"
            ) from None

    def _unpacked(self) -> AsyncGenerator[bytes, None] | None:
        """The body of a server that compresses although it was asked not to."""
        if self.headers.get("content-encoding", "identity") == "identity":
            return None
        pieces = self._response.aiter_bytes()
        assert isinstance(pieces, AsyncGenerator)  # noqa: S101 - httpx says AsyncIterator
        return pieces


class _Body(httpx.AsyncByteStream):
    """The body of an answer for httpx to unpack."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self._connection.read():
            yield piece


def check_size(size: int, limit: int) -> None:
    """Raises UnexpectedResponse for a body of `size` bytes where that is more than `limit`."""
    if size > limit:
        raise UnexpectedResponse(
            "The provider sent far more than an answer can be.",
            detail=f"body over {limit} bytes",
        )


@asynccontextmanager
async def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    content: bytes | None = None,
    proxy: str | None = None,
    timeout: Timeouts | float | None = None,  # noqa: ASYNC109 - several limits, not one
) -> AsyncIterator[Response]:
    """One request; inside the block its answer is read. Redirects are answers, not followed.

    `json` is sent as JSON in ASCII, `content` as it is. Leaving the block before the body's end
    has come closes the connection. Raises RequestRejected for an address, header or proxy that cannot be
    used, Timeout and Unavailable for what happens on the way; a status is for `raise_for_status`.
    """
    timeouts = Timeouts.of(timeout)
    message = _message(method, url, headers, json, content)
    route = _route(message.url, check_proxy(proxy))
    connection = await _CONNECTIONS.take(route)
    finished = False
    try:
        ends = asyncio.get_running_loop().time() + timeouts.total
        head = await _ask(connection, _question(message, route), timeouts, ends)
        response = httpx.Response(
            head.status,
            headers=head.headers,
            stream=_Body(connection),
            request=message,
        )
        yield Response(response, connection, timeouts, ends)
        finished = connection.finished
    finally:
        if finished:
            await _CONNECTIONS.give_back(route, connection)
        else:
            await _CONNECTIONS.drop(connection)


async def raise_for_status(response: Response) -> None:
    """Raise the ProviderError that a status of 300 or more means; read its body for the reason."""
    if response.status < 300:
        return
    raise error_for_status(response.status, response.headers, await response.beginning())


def _message(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    json: Any,
    content: bytes | None,
) -> httpx.Request:
    merged = httpx.Headers(_HEADERS)
    if json is not None:
        content = jsonlib.dumps(json).encode("ascii")
        merged["content-type"] = "application/json"
    try:
        merged.update(headers)
        _ = urlsplit(url).port  # httpx lets a port through that no socket takes
        message = httpx.Request(method, url, headers=merged, content=content)
    except UnicodeEncodeError:  # its text quotes the header, so it is not kept as the cause
        raise RequestRejected(
            "The key or another header holds characters that cannot be sent.", detail="headers"
        ) from None
    except (httpx.InvalidURL, ValueError) as error:
        raise RequestRejected(
            "The provider's address cannot be used.", detail=type(error).__name__
        ) from None
    if message.url.userinfo:  # an address with a name and a password in it
        next(httpx.BasicAuth(message.url.username, message.url.password).auth_flow(message))
    return message


def _route(url: httpx.URL, proxy: str | None) -> Route:
    port = url.port or _PORTS.get(url.scheme)
    if port is None or not url.host:
        raise RequestRejected("The provider's address cannot be used.", detail="no web address")
    return Route(url.scheme, url.raw_host.decode("ascii"), port, proxy)


def _question(message: httpx.Request, route: Route) -> Question:
    """The request as it goes over the wire; a proxy that forwards needs the whole address."""
    url = message.url
    before = url.raw_scheme + b"://" + url.netloc if route.is_forwarded else b""
    return Question(message.method, before + url.raw_path, message.headers.raw, message.content)


async def _ask(connection: Connection, question: Question, timeouts: Timeouts, ends: float) -> Head:
    try:
        async with asyncio.timeout_at(ends):
            with _errors_named():
                return await connection.ask(question, timeouts)
    except TimeoutError as error:
        raise Timeout(detail="the answer did not begin") from error


@contextmanager
def _errors_named() -> Iterator[None]:
    """Raise what an error of the libraries means."""
    try:
        yield
    except (httpx.HTTPError, h11.LocalProtocolError, BadAnswer, HungUp, *_BROKEN) as error:
        _raise_mapped(error)


def _raise_mapped(error: Exception) -> NoReturn:
    """Only texts that cannot quote a key go into details."""
    name = type(error).__name__
    if isinstance(error, TimeoutError):
        raise Timeout(detail="the request could not be sent") from error
    if isinstance(error, h11.LocalProtocolError):
        raise RequestRejected("The request cannot be sent as it is.", detail=name) from None
    if isinstance(error, httpx.DecodingError | BadAnswer):
        raise UnexpectedResponse(detail=name) from error
    raise Unavailable("The provider broke the connection off.", detail=name) from error


_CONNECTIONS: Leases[Route, Connection] = Leases(
    lambda route: Connection(route, ssl_context), Connection.aclose
)

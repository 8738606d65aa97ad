"""HTTP to the upstreams: the only file that knows httpx.

A client serves one request at a time and comes from a free list, because httpx 0.28 loses a slot
of its pool whenever a request is cancelled before its answer begins (encode/httpcore#1093). A
client that saw an error or a cancel is closed, never used again. The deadlines are our own: each
is measured around one wait, so that none of them stretches over a `yield`.
"""

import asyncio
import json as jsonlib
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import cache
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpcore
import httpx

from providers.crowd import Reader
from providers.errors import (
    ProviderError,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.leases import IDLE_SECONDS, Leases
from providers.network import Tunnel
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

# What h11 says of a connection that ended early, against bytes that are not HTTP.
_HUNG_UP = re.compile("peer closed|disconnected")


@cache
def ssl_context() -> ssl.SSLContext:
    """The one TLS context of the process (building one takes 20 ms): bundled and system roots."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


class Response:
    """An answer whose body is still on its way; it lives as long as the block of `request`."""

    def __init__(self, response: httpx.Response, timeouts: Timeouts, ends: float) -> None:
        self._response = response
        self._timeouts = timeouts
        self._ends = ends
        self.status = response.status_code
        self.headers: httpx.Headers = response.headers
        """Names are found in any case."""

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies this answer sets."""
        return dict(self._response.cookies)

    @property
    def finished(self) -> bool:
        """Whether the whole body was read, so that the connection can serve again."""
        return self._response.is_stream_consumed and self._response.is_closed

    async def chunks(self, limit: int = MAX_ANSWER_BYTES) -> AsyncGenerator[bytes, None]:
        """The body as it comes.

        Raises Timeout after a silence of `timeouts.read` or when `timeouts.total` is over,
        Unavailable when the connection breaks, UnexpectedResponse beyond `limit` bytes.
        """
        size = 0
        watch = Watch(self._timeouts.read, self._ends)
        try:
            async with aclosing(self._pieces()) as pieces:
                with Reader() as reader:
                    while True:
                        before = watch.time()
                        with _errors_of_httpx(), watch.wait():
                            piece = await anext(pieces, None)
                        if piece is None:
                            return
                        waited = watch.time() - before
                        size += len(piece)
                        _check_size(size, limit)
                        yield piece
                        await reader.rest(waited)
        finally:
            watch.close()

    async def read(self, limit: int = MAX_READ_BYTES) -> bytes:
        """The whole body. Raises what `chunks` raises."""
        async with aclosing(self.chunks(limit)) as chunks:
            return b"".join([chunk async for chunk in chunks])

    async def json(self, limit: int = MAX_READ_BYTES) -> Any:
        """The whole body decoded. Raises UnexpectedResponse where it is not JSON."""
        body = await self.read(limit)
        try:
            return jsonlib.loads(body)
        except (ValueError, RecursionError):
            raise UnexpectedResponse(
                detail=f"not JSON: {describe(self.status, self.headers, body)}"
            ) from None

    def _pieces(self) -> AsyncGenerator[bytes, None]:
        packed = self.headers.get("content-encoding", "identity") != "identity"
        pieces = self._response.aiter_bytes() if packed else self._response.aiter_raw()
        assert isinstance(pieces, AsyncGenerator)  # noqa: S101 - httpx says AsyncIterator
        return pieces


def _check_size(size: int, limit: int) -> None:
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
    closes the connection. Raises RequestRejected for an address, header or proxy that cannot be
    used, Timeout and Unavailable for what happens on the way; a status is for `raise_for_status`.
    """
    key = check_proxy(proxy)
    timeouts = Timeouts.of(timeout)
    message = _message(method, url, headers, json, content, timeouts)
    client = await _CLIENTS.take(key)
    finished = False
    try:
        ends = asyncio.get_running_loop().time() + timeouts.total
        response = Response(await _send(client, message, timeouts), timeouts, ends)
        yield response
        finished = response.finished
    finally:
        if finished:
            client.cookies.clear()
            await _CLIENTS.give_back(key, client)
        else:
            await _CLIENTS.drop(client)


async def raise_for_status(response: Response) -> None:
    """Raise the ProviderError that a status of 300 or more means; read its body for the reason."""
    if response.status < 300:
        return
    try:
        body = await response.read(_MAX_ERROR_BYTES)
    except ProviderError:
        body = b""
    raise error_for_status(response.status, response.headers, body)


def _message(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    json: Any,
    content: bytes | None,
    timeouts: Timeouts,
) -> httpx.Request:
    merged = httpx.Headers(_HEADERS)
    if json is not None:
        content = jsonlib.dumps(json).encode("ascii")
        merged["content-type"] = "application/json"
    limits = {"connect": timeouts.connect, "write": timeouts.write, "pool": timeouts.pool}
    try:
        merged.update(headers)
        _ = urlsplit(url).port  # httpx lets a port through that no socket takes
        return httpx.Request(
            method, url, headers=merged, content=content, extensions={"timeout": limits}
        )
    except UnicodeEncodeError:  # its text quotes the header, so it is not kept as the cause
        raise RequestRejected(
            "The key or another header holds characters that cannot be sent.", detail="headers"
        ) from None
    except (httpx.InvalidURL, ValueError) as error:
        raise RequestRejected(
            "The provider's address cannot be used.", detail=type(error).__name__
        ) from None


async def _send(
    client: httpx.AsyncClient, message: httpx.Request, timeouts: Timeouts
) -> httpx.Response:
    try:
        with _errors_of_httpx():
            async with asyncio.timeout(min(timeouts.until_answer, timeouts.total)):
                return await client.send(message, stream=True)
    except TimeoutError as error:
        raise Timeout(detail="the answer did not begin") from error


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        _raise_mapped(error)


def _raise_mapped(error: Exception) -> NoReturn:
    """Raise what an error of httpx means. Only texts that cannot quote a key go into details."""
    name = type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        raise Timeout(detail=name) from error
    if isinstance(error, httpx.ProxyError):
        raise Unavailable("The proxy did not let the request through.", detail=name) from error
    if isinstance(error, httpx.ConnectError):
        raise Unavailable(detail=f"{name}: {error}") from error
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol | httpx.InvalidURL):
        raise RequestRejected("The request cannot be sent as it is.", detail=name) from None
    if isinstance(error, httpx.DecodingError):
        raise UnexpectedResponse(detail=name) from error
    if isinstance(error, httpx.RemoteProtocolError) and not _HUNG_UP.search(str(error)):
        raise UnexpectedResponse(detail=name) from error
    raise Unavailable("The provider broke the connection off.", detail=name) from error


def _open_client(proxy: str | None) -> httpx.AsyncClient:
    socks = proxy is not None and proxy.lower().startswith("socks")
    transport = httpx.AsyncHTTPTransport(
        verify=ssl_context(),
        trust_env=False,
        proxy=None if socks else proxy,
        limits=httpx.Limits(keepalive_expiry=IDLE_SECONDS),
    )
    if proxy is not None and socks:
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context(), network_backend=Tunnel(proxy)
        )
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)


_CLIENTS: Leases[str | None, httpx.AsyncClient] = Leases(_open_client, httpx.AsyncClient.aclose)

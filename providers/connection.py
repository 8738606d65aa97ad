"""A connection to an upstream: made when it is first needed, kept for the next question."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

import anyio
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream
from python_socks import ProxyError, ProxyTimeoutError

from providers.errors import Timeout, Unavailable
from providers.http1 import Head, Http1, HungUp, Question
from providers.network import open_tunnel
from providers.timeouts import Timeouts

_PORTS = {"http": 80, "https": 443}
_CLOSED = (HungUp, anyio.BrokenResourceError, anyio.ClosedResourceError, ConnectionError)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a connection goes, and by way of which proxy (an address `check_proxy` has passed)."""

    scheme: str
    host: str
    port: int
    proxy: str | None = None

    @property
    def web_proxy(self) -> SplitResult | None:
        """The proxy, where it is one that speaks HTTP itself."""
        parts = urlsplit(self.proxy or "")
        return parts if parts.scheme.lower() in _PORTS else None

    @property
    def is_forwarded(self) -> bool:
        """Whether the proxy is sent the questions themselves instead of being asked for a tunnel."""
        return self.scheme == "http" and self.web_proxy is not None


class Connection:
    """Asks one question at a time. Whoever saw an error or left early has to close it.

    Raises Timeout and Unavailable while it connects, Timeout where no answer begins, and besides
    them what Http1 raises.
    """

    def __init__(self, route: Route, tls: Callable[[], ssl.SSLContext]) -> None:
        self._route = route
        self._tls = tls
        self._http: Http1 | None = None

    @property
    def finished(self) -> bool:
        """Whether the last answer has come to its end, so that the next question may follow."""
        return self._http is not None and self._http.finished

    async def ask(self, question: Question, timeouts: Timeouts) -> Head:
        """The head of the answer.

        A server closes what has been idle for long, and may do so in the very moment of the next
        question: a kept connection that breaks without a byte is made anew and asked once more.
        """
        if (proxy := self._route.web_proxy) is not None and self._route.is_forwarded:
            headers = [*_proxy_headers(proxy), *question.headers]
            question = question._replace(headers=headers)
        if self._http is not None and self._http.left:
            await self.aclose()
        if (kept := self._http) is not None:
            try:
                return await _answered(kept, question, timeouts)
            except _CLOSED:
                if not kept.silent:
                    raise
            await self.aclose()
        async with _connecting(timeouts.connect):
            self._http = Http1(await self._reach(timeouts))
        return await _answered(self._http, question, timeouts)

    async def read(self) -> bytes:
        """What has come of the body, at least a byte; empty at its end."""
        return await self._http.read() if self._http is not None else b""

    async def aclose(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.stream.aclose()

    async def _reach(self, timeouts: Timeouts) -> ByteStream:
        """A stream to the one who will answer."""
        route = self._route
        if (proxy := route.web_proxy) is not None:
            stream = await self._reach_proxy(proxy, timeouts)
        elif route.proxy is not None:
            stream = await open_tunnel(route.proxy, route.host, route.port, timeouts.connect)
        else:
            stream = await anyio.connect_tcp(route.host, route.port)
        return await self._secured(stream, route.host) if route.scheme == "https" else stream

    async def _reach_proxy(self, proxy: SplitResult, timeouts: Timeouts) -> ByteStream:
        """A stream to the proxy, or through it to where the route leads."""
        scheme, host = proxy.scheme.lower(), proxy.hostname or ""
        stream: ByteStream = await anyio.connect_tcp(host, proxy.port or _PORTS[scheme])
        if scheme == "https":
            stream = await self._secured(stream, host)
        if not self._route.is_forwarded:
            async with _closed_unless_good(stream):
                await _open_tunnel(stream, proxy, self._route, timeouts)
        return stream

    async def _secured(self, stream: ByteStream, host: str) -> ByteStream:
        """The stream under TLS."""
        async with _closed_unless_good(stream):
            return await TLSStream.wrap(
                stream,
                server_side=False,
                hostname=host,
                ssl_context=self._tls(),
                standard_compatible=False,
            )


async def _answered(http: Http1, question: Question, timeouts: Timeouts) -> Head:
    """The head of the answer, which is waited for from the end of the question on."""
    await http.send(question, timeouts.write)
    try:
        async with asyncio.timeout(timeouts.until_answer):
            return await http.head()
    except TimeoutError as error:
        raise Timeout(detail="the answer did not begin") from error


@asynccontextmanager
async def _connecting(limit: float) -> AsyncIterator[None]:
    """Name what goes wrong on the way, and give up after `limit` seconds."""
    try:
        async with asyncio.timeout(limit):
            yield
    except (TimeoutError, ProxyTimeoutError) as error:
        raise Timeout(detail="no connection in time") from error
    except ProxyError as error:
        raise _no_way(error) from error
    except (OSError, anyio.EndOfStream, anyio.BrokenResourceError) as error:
        raise Unavailable(detail=f"ConnectError: {error}") from error


@asynccontextmanager
async def _closed_unless_good(stream: ByteStream) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        await stream.aclose()
        raise


async def _open_tunnel(
    stream: ByteStream, proxy: SplitResult, route: Route, timeouts: Timeouts
) -> None:
    """Raises Unavailable where the proxy does not open one."""
    host = f"[{route.host}]" if ":" in route.host else route.host
    target = f"{host}:{route.port}".encode()
    headers = [(b"Host", target), (b"Accept", b"*/*"), *_proxy_headers(proxy)]
    head = await Http1(stream).ask(Question("CONNECT", target, headers), timeouts.write)
    if not 200 <= head.status < 300:
        raise _no_way(f"status {head.status}")


def _no_way(reason: object) -> Unavailable:
    kind = reason if isinstance(reason, str) else type(reason).__name__
    return Unavailable("The proxy did not let the request through.", detail=f"proxy: {kind}")


def _proxy_headers(proxy: SplitResult) -> list[tuple[bytes, bytes]]:
    """What a proxy is told of who asks."""
    if proxy.username is None:
        return []
    who = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return [(b"Proxy-Authorization", b"Basic " + base64.b64encode(who.encode()))]

"""Fetches a picture that an answer names, without becoming a way into the server's own network.

The address comes from a model, so whoever writes into its context chooses it. Each connection
resolves the name once, checks every address it has, and connects to a checked one; redirects make
new connections and are checked the same way.
"""

import asyncio
import base64
import binascii
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import httpcore

from providers.addresses import is_public
from providers.errors import RequestRejected, Timeout, Unavailable, UnexpectedResponse
from providers.http import ssl_context
from providers.network import Tunnel
from providers.proxy import check_proxy

MAX_BYTES = 20 * 1024 * 1024
_MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_DATA = re.compile(r"data:image/[\w.+-]{1,40}(?:;[\w=.-]{1,60})*;base64,", re.IGNORECASE)
_CONNECT_SECONDS = 10.0  # for each address of a host

Resolver = Callable[[str, int], Awaitable[list[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """The numeric addresses of a host, as the system finds them. Raises OSError for none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def fetch_image(
    url: str,
    *,
    allowed_origin: str | None,
    proxy: str | None = None,
    max_bytes: int = MAX_BYTES,
    deadline: float = 30.0,
    resolver: Resolver = resolve,
) -> bytes:
    """The bytes behind an `http:`, `https:` or `data:` address; what they are is for the caller.

    `allowed_origin` (scheme, host and port of an address; the rest of it does not matter) may be
    anywhere, every other origin only on the public internet and on ports 80 and 443. Names are
    resolved here even when a proxy makes the connection. `deadline` is in seconds, for
    everything. Raises RequestRejected for an address that is not allowed, UnexpectedResponse for
    one that does not give a picture of at most `max_bytes`, Timeout and Unavailable.
    """
    if url[:5].lower() == "data:":
        return await asyncio.to_thread(_decoded, url, max_bytes)
    trusted = _origin(allowed_origin) if allowed_origin else None
    fetcher = _Fetcher(trusted, check_proxy(proxy), max_bytes, resolver)
    try:
        async with asyncio.timeout(deadline):
            return await fetcher.fetch(url)
    except TimeoutError as error:
        raise Timeout("The picture did not come in time.", detail="picture") from error


@dataclass(frozen=True, slots=True)
class _Origin:
    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class _Fetcher:
    """One fetch with its rules."""

    trusted: _Origin | None
    proxy: str | None
    max_bytes: int
    resolver: Resolver

    async def fetch(self, url: str) -> bytes:
        for _ in range(_MAX_REDIRECTS + 1):
            found = await self._get(url)
            if isinstance(found, bytes):
                return found
            url = _joined(url, found)
        raise UnexpectedResponse(
            "The picture's address leads from one to the next without end.", detail="redirects"
        )

    async def _get(self, url: str) -> bytes | str:
        """The picture, or the address to go on to."""
        origin = _origin(url)
        guard = _Guard(origin == self.trusted, self.proxy, self.resolver)
        pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context(), network_backend=guard, max_connections=1
        )
        try:
            async with pool, _stream(pool, url, origin) as response:
                headers = {
                    name.decode("latin-1").lower(): value for name, value in response.headers
                }
                if response.status in _REDIRECTS and "location" in headers:
                    return str(headers["location"].decode("utf-8", "replace"))
                _check(response.status, headers, self.max_bytes)
                return await self._read(response)
        except httpcore.TimeoutException as error:
            raise Timeout("The picture did not come in time.", detail="picture") from error
        except httpcore.ProxyError as error:
            raise Unavailable(
                "The proxy did not let the request for a picture through.", detail="picture: proxy"
            ) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Unavailable(
                "The picture cannot be reached.", detail=f"picture: {type(error).__name__}"
            ) from error

    async def _read(self, response: httpcore.Response) -> bytes:
        body = bytearray()
        async for piece in response.aiter_stream():
            body += piece
            if len(body) > self.max_bytes:
                raise _too_large(self.max_bytes)
        return bytes(body)


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects only to where it may: anywhere for the trusted origin, else to public addresses."""

    def __init__(self, trusted: bool, proxy: str | None, resolver: Resolver) -> None:
        self._trusted = trusted
        self._resolver = resolver
        self._backend = httpcore.AnyIOBackend() if proxy is None else Tunnel(proxy)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to one of the host's addresses. Raises RequestRejected where it may not."""
        if self._trusted:
            return await self._backend.connect_tcp(host, port, timeout)
        if port not in _PORTS.values():
            raise _refused("port")
        addresses = await self._addresses(host, port)
        for address in addresses[:-1]:
            try:
                return await self._backend.connect_tcp(address, port, timeout)
            except (httpcore.NetworkError, httpcore.ProxyError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(addresses[-1], port, timeout)

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name is not known") from error
        if not addresses or not all(is_public(address) for address in addresses):
            raise _refused("address")
        return addresses

    async def sleep(self, seconds: float) -> None:
        """Between httpcore's own attempts."""
        await asyncio.sleep(seconds)


def _origin(url: str) -> _Origin:
    """The origin of a web address. Raises RequestRejected for anything else."""
    if _UNSAFE.search(url):
        raise _refused("characters")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = _PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
    except (ValueError, UnicodeError):
        raise _refused("form") from None
    if parts.scheme not in _PORTS or not host or not port or "@" in parts.netloc:
        raise _refused("form")
    return _Origin(parts.scheme, host, port)


def _stream(
    pool: httpcore.AsyncConnectionPool, url: str, origin: _Origin
) -> AbstractAsyncContextManager[httpcore.Response]:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    standard = origin.port == _PORTS[origin.scheme]
    return pool.stream(
        "GET",
        _httpcore_url(url, origin),
        headers=[
            (b"host", (host if standard else f"{host}:{origin.port}").encode()),
            (b"user-agent", b"webchat"),
            (b"accept", b"image/*"),
            (b"accept-encoding", b"identity"),
        ],
        extensions={"timeout": {"connect": _CONNECT_SECONDS}},
    )


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise _refused("form") from None


def _httpcore_url(url: str, origin: _Origin) -> httpcore.URL:
    """The address from the very parts that were checked, so that no second parser reads it."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    quoted = target.encode("utf-8", "replace")
    quoted = b"".join(bytes([b]) if b < 0x80 else b"%%%02X" % b for b in quoted)
    return httpcore.URL(
        scheme=origin.scheme.encode(), host=origin.host.encode(), port=origin.port, target=quoted
    )


def _check(status: int, headers: dict[str, bytes], max_bytes: int) -> None:
    if status != 200:
        raise Unavailable("The picture cannot be reached.", detail=f"picture: status {status}")
    if headers.get("content-encoding", b"identity").lower() != b"identity":
        raise UnexpectedResponse(
            "The picture came in a form that cannot be read.", detail="content encoding"
        )
    length = headers.get("content-length", b"")
    if length.isdigit() and int(length) > max_bytes:
        raise _too_large(max_bytes)


def _decoded(url: str, max_bytes: int) -> bytes:
    """What a `data:` address holds (RFC 2397, base64 only)."""
    head = _DATA.match(url)
    if not head:
        raise UnexpectedResponse("The picture cannot be read.", detail="data address")
    if len(url) - head.end() > max_bytes * 4 // 3 + max_bytes // 8 + 4:
        raise _too_large(max_bytes)
    try:
        text = b"".join(unquote_to_bytes(url[head.end() :]).split())
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UnexpectedResponse("The picture cannot be read.", detail="base64") from None
    if len(data) > max_bytes:
        raise _too_large(max_bytes)
    return data


def _refused(reason: str) -> RequestRejected:
    return RequestRejected(
        "The picture's address leads where this server may not go.", detail=f"picture: {reason}"
    )


def _too_large(max_bytes: int) -> UnexpectedResponse:
    return UnexpectedResponse("The picture is too large.", detail=f"picture over {max_bytes} bytes")

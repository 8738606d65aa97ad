"""TCP connections that are made by way of a proxy's tunnel."""

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpcore
from anyio.abc import SocketStream
from httpcore._backends.anyio import AnyIOStream
from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
from python_socks.async_.asyncio import Proxy

_KINDS = {
    "http": (ProxyType.HTTP, 80),
    "socks4": (ProxyType.SOCKS4, 1080),
    "socks4a": (ProxyType.SOCKS4, 1080),
    "socks5": (ProxyType.SOCKS5, 1080),
    "socks5h": (ProxyType.SOCKS5, 1080),
}


async def open_tunnel(proxy: str, host: str, port: int, limit: float | None) -> SocketStream:
    """A connection through the SOCKS or HTTP proxy at `proxy`, which `check_proxy` has passed.

    Names are resolved by the proxy, except with socks4, whose protocol knows addresses only.
    Raises python_socks' errors, and OSError for a name that is left to us and unknown.
    """
    sock = await _proxy(urlsplit(proxy)).connect(host, port, timeout=limit)
    return await SocketStream.from_socket(sock)


def _proxy(address: SplitResult) -> Proxy:
    kind, port = _KINDS[address.scheme.lower()]
    return Proxy(
        kind,
        address.hostname or "",
        address.port or port,
        unquote(address.username or "") or None,
        unquote(address.password or "") or None,
        rdns=None if kind is ProxyType.HTTP else address.scheme.lower() != "socks4",
    )


class Tunnel(httpcore.AsyncNetworkBackend):
    """The same for httpcore."""

    def __init__(self, proxy: str) -> None:
        self._proxy = proxy

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to host and port. Raises httpcore's ConnectTimeout, ConnectError, ProxyError."""
        if urlsplit(self._proxy).scheme.lower() not in _KINDS:
            raise httpcore.ProxyError("no tunnels through a proxy of this kind")
        try:
            return AnyIOStream(await open_tunnel(self._proxy, host, port, timeout))
        except ProxyTimeoutError as error:
            raise httpcore.ConnectTimeout("the proxy did not answer") from error
        except ProxyConnectionError as error:
            raise httpcore.ProxyError("the proxy cannot be reached") from error
        except ProxyError as error:
            raise httpcore.ProxyError("the proxy refused") from error
        except OSError as error:  # a name that socks4 leaves to us
            raise httpcore.ConnectError(error.strerror or "no address") from error

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never asked for: addresses of upstreams are web addresses."""
        raise httpcore.ConnectError("no unix sockets through a proxy")

    async def sleep(self, seconds: float) -> None:
        """Between httpcore's own attempts."""
        await asyncio.sleep(seconds)

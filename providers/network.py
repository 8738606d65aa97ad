"""TCP connections for httpcore that are made by way of a proxy's tunnel."""

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

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


class Tunnel(httpcore.AsyncNetworkBackend):
    """Connects through the SOCKS or HTTP proxy at `proxy`, an address `check_proxy` has passed.

    Names are resolved by the proxy, except with socks4, whose protocol knows addresses only.
    """

    def __init__(self, proxy: str) -> None:
        self._proxy = urlsplit(proxy)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to host and port. Raises httpcore's ConnectTimeout, ConnectError, ProxyError."""
        try:
            sock = await self._tunnel().connect(host, port, timeout=timeout)
        except ProxyTimeoutError as error:
            raise httpcore.ConnectTimeout("the proxy did not answer") from error
        except ProxyConnectionError as error:
            raise httpcore.ProxyError("the proxy cannot be reached") from error
        except ProxyError as error:
            raise httpcore.ProxyError("the proxy refused") from error
        except OSError as error:  # a name that socks4 leaves to us
            raise httpcore.ConnectError(error.strerror or "no address") from error
        return AnyIOStream(await SocketStream.from_socket(sock))

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

    def _tunnel(self) -> Proxy:
        scheme = self._proxy.scheme.lower()
        if scheme not in _KINDS:
            raise httpcore.ProxyError("no tunnels through a proxy of this kind")
        kind, port = _KINDS[scheme]
        return Proxy(
            kind,
            self._proxy.hostname or "",
            self._proxy.port or port,
            unquote(self._proxy.username or "") or None,
            unquote(self._proxy.password or "") or None,
            rdns=None if kind is ProxyType.HTTP else scheme != "socks4",
        )

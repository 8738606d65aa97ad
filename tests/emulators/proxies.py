"""Small proxies on loopback: HTTP (forwarding and CONNECT) and SOCKS 4, 4a and 5.

They record where they were asked to go, and may ask for a user name and a password.
"""

import asyncio
import base64
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from typing import Self
from urllib.parse import urlsplit

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


class Proxy:
    """Serves one protocol (`https` needs `tls`); `asked` holds `host:port` of every connection."""

    def __init__(
        self, scheme: str, user: str = "", password: str = "", tls: ssl.SSLContext | None = None
    ) -> None:
        self.scheme = scheme
        self.tls = tls
        self.user = user
        self.password = password
        self.asked: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        who = f"{self.user}:{self.password}@" if self.user else ""
        return f"{self.scheme}://{who}127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self.tls)
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: Reader, writer: Writer) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: Reader, writer: Writer) -> None:
        protocols: dict[str, Callable[[Reader, Writer], Awaitable[None]]] = {
            "http": self._http,
            "https": self._http,
            "socks4": self._socks4,
            "socks4a": self._socks4,
            "socks5": self._socks5,
            "socks5h": self._socks5,
        }
        try:
            await protocols[self.scheme](reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _relay(
        self, reader: Reader, writer: Writer, host: str, port: int, granted: bytes, first: bytes
    ) -> None:
        self.asked.append(f"{host}:{port}")
        far_reader, far_writer = await asyncio.open_connection(host, port)
        writer.write(granted)
        far_writer.write(first)
        pipes = [
            asyncio.ensure_future(_pipe(reader, far_writer)),
            asyncio.ensure_future(_pipe(far_reader, writer)),
        ]
        try:
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pipe in pipes:
                pipe.cancel()
            await asyncio.gather(*pipes, return_exceptions=True)
            far_writer.close()

    async def _http(self, reader: Reader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line, _, rest = head.partition(b"\r\n")
        method, target, version = line.decode().split(" ")
        expected = base64.b64encode(f"{self.user}:{self.password}".encode())
        if self.user and expected not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            granted = b"HTTP/1.1 200 Connection established\r\n\r\n"
            await self._relay(reader, writer, host, int(port), granted, b"")
            return
        url = urlsplit(target)
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        first = f"{method} {path} {version}\r\n".encode() + rest
        await self._relay(reader, writer, url.hostname or "", url.port or 80, b"", first)

    async def _socks4(self, reader: Reader, writer: Writer) -> None:
        head = await reader.readexactly(8)
        await reader.readuntil(b"\0")
        host = str(ipaddress.IPv4Address(head[4:8]))
        if head[4:7] == b"\0\0\0":  # SOCKS 4a: the name follows
            host = (await reader.readuntil(b"\0"))[:-1].decode()
        port = int.from_bytes(head[2:4], "big")
        await self._relay(reader, writer, host, port, b"\0\x5a" + bytes(6), b"")

    async def _socks5(self, reader: Reader, writer: Writer) -> None:
        _, count = await reader.readexactly(2)
        await reader.readexactly(count)
        if self.user:
            writer.write(b"\x05\x02")
            _, size = await reader.readexactly(2)
            user = await reader.readexactly(size)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = (user.decode(), password.decode()) == (self.user, self.password)
            writer.write(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                return
        else:
            writer.write(b"\x05\x00")
        kind = (await reader.readexactly(4))[3]
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
        port = int.from_bytes(await reader.readexactly(2), "big")
        await self._relay(reader, writer, host, port, b"\x05\0\0\x01" + bytes(6), b"")


async def _pipe(reader: Reader, writer: Writer) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()

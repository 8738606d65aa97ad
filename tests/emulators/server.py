"""A loopback HTTP/1.1 server of real bytes, on which the emulators of the upstreams stand.

It records what was asked, sends what it is told in the pieces it is told, and can do what no
proper server does: stop in the middle, reset, answer nonsense, never end.
"""

import asyncio
import json
import re
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
CLOUDFLARE_PAGE = "<html><head><title>Just a moment...</title></head><body></body></html>"
FAULT = re.compile(r"!fault:([a-z0-9_-]+)")


@dataclass
class Received:
    """One request as it came; header names are lower-case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    client_left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client closes the connection before the answer is complete."""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def json(self) -> Any:
        return json.loads(self.body)


class Exchange:
    """One request and the answer that is being written to it."""

    def __init__(
        self, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.request = request
        self.reader = reader
        self.writer = writer
        self.keep_alive = request.headers.get("connection", "").lower() != "close"
        self._chunked = False

    async def respond(
        self,
        status: int = 200,
        body: bytes | str | Any = b"",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """A whole answer. Text is sent as HTML or plain text, anything but text and bytes as JSON."""
        kind = "application/octet-stream"
        if isinstance(body, str):
            kind = "text/html" if body.startswith("<") else "text/plain; charset=UTF-8"
            body = body.encode()
        elif not isinstance(body, bytes):
            kind, body = "application/json", json.dumps(body).encode()
        merged = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
        await self.raw(self._head(status, merged) + body)

    async def begin(
        self, status: int = 200, headers: Mapping[str, str] | None = None, chunked: bool = True
    ) -> None:
        """The head of an answer in pieces; without `chunked` it ends with the connection."""
        self._chunked = chunked
        framing = {"Transfer-Encoding": "chunked"} if chunked else {"Connection": "close"}
        self.keep_alive = self.keep_alive and chunked
        await self.raw(self._head(status, {**framing, **(headers or {})}))

    async def send(self, piece: bytes | str) -> None:
        """One piece of the body, as one chunk."""
        data = piece.encode() if isinstance(piece, str) else piece
        await self.raw(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)

    async def end(self) -> None:
        """The proper end of a body in pieces."""
        if self._chunked:
            await self.raw(b"0\r\n\r\n")

    async def raw(self, data: bytes) -> None:
        """Any bytes at all. Raises ConnectionError when the client has gone."""
        if self.request.client_left.is_set():
            raise ConnectionResetError("the client has left")
        self.writer.write(data)
        await self.writer.drain()

    def cut(self) -> None:
        """Close the connection here, in the middle."""
        self.keep_alive = False
        self.writer.close()

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        raw_socket = self.writer.get_extra_info("socket")
        raw_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.keep_alive = False
        self.writer.transport.abort()

    async def until_client_leaves(self) -> None:
        """Say nothing until the client gives up."""
        self.keep_alive = False
        await self.request.client_left.wait()

    def _head(self, status: int, headers: Mapping[str, str]) -> bytes:
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Server:
    """Serves `handle` on loopback; `requests` holds everything that was asked."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        """How many connections were opened so far."""
        self.busy = 0
        """How many requests (and websockets) are being answered at this moment."""
        self.was_asked = asyncio.Event()
        """Set by the first request."""
        self._calm = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle(self, exchange: Exchange) -> None:
        """Answer one request."""
        raise NotImplementedError

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = await asyncio.start_server(self._connected, host, port)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def until_calm(self) -> None:
        """Wait until nothing is being answered any more."""
        while self.busy:
            await self._calm.wait()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = b""
        try:
            while request := await _read_request(reader, first):
                self.requests.append(request)
                exchange = Exchange(request, reader, writer)
                first = await self._answer(exchange)
                if not exchange.keep_alive:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            try:
                await writer.wait_closed()
            except (ConnectionError, asyncio.CancelledError):
                pass

    async def _answer(self, exchange: Exchange) -> bytes:
        """Handle one request while watching whether the client leaves; what it sent meanwhile."""
        watch = asyncio.ensure_future(_watch(exchange))
        self.busy += 1
        self.was_asked.set()
        self._calm.clear()
        try:
            await self.handle(exchange)
        except ConnectionError:
            exchange.request.client_left.set()
            raise
        finally:
            self.busy -= 1
            if not self.busy:
                self._calm.set()
            watch.cancel()
            await asyncio.wait([watch])
        return b"" if watch.cancelled() else watch.result()


async def _watch(exchange: Exchange) -> bytes:
    if "upgrade" in exchange.request.headers:
        return b""  # the handler reads this connection itself
    try:
        data = await exchange.reader.read(1)
    except ConnectionError:
        data = b""
    if not data:
        exchange.request.client_left.set()
    return data


async def _read_request(reader: asyncio.StreamReader, first: bytes) -> Received | None:
    try:
        head = first + await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
    lines = head.decode("latin-1").split("\r\n")[1:-2]
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
    }
    return Received(method, target, headers, await _read_body(reader, headers))


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body


def fault_in(text: str) -> str:
    """The fault a person asks for in a prompt by `!fault:name`, "" for none."""
    found = FAULT.search(text)
    return found.group(1) if found else ""


async def play_fault(exchange: Exchange, fault: str) -> bool:
    """Misbehave before any answer in a way every HTTP upstream can; False for an unknown name."""
    plain: dict[str, tuple[int, Any, dict[str, str]]] = {
        "cloudflare": (403, CLOUDFLARE_PAGE, {}),
        "401": (401, {"error": {"message": "no", "code": "invalid_api_key"}}, {}),
        "402": (402, {"error": {"message": "no"}}, {}),
        "403": (403, {"error": {"message": "no"}}, {}),
        "404": (404, "<html>Not Found</html>", {}),
        "429": (429, {"error": {"message": "slow down"}}, {"Retry-After": "7"}),
        "500": (500, {"error": {"message": "oops"}}, {}),
        "502": (502, "<html>Bad Gateway</html>", {}),
        "redirect": (302, "", {"Location": "http://127.0.0.1:1/elsewhere"}),
        "html": (200, "<html><body>Welcome</body></html>", {}),
        "empty": (200, "", {}),
    }
    if fault in plain:
        await exchange.respond(*plain[fault])
    elif fault == "stall":
        await exchange.until_client_leaves()
    elif fault == "reset":
        exchange.reset()
    elif fault == "garbage":
        exchange.keep_alive = False
        await exchange.raw(b"\x16\x03\x01 this is not HTTP at all\r\n\r\n")
    elif fault == "hangup":
        exchange.cut()
    else:
        return False
    return True

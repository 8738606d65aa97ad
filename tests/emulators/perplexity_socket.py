"""The server's end of one websocket, spoken with the frames of the websockets package."""

import asyncio

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from tests.emulators.server import Exchange


class ServerSocket:
    """A websocket on the connection of an upgrade request."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._protocol = ServerProtocol(max_size=None)
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()
        self.closed = False

    async def accept(self) -> None:
        """Answer the upgrade; a request that is none is answered as RFC 6455 says."""
        request = self._exchange.request
        self._exchange.keep_alive = False
        lines = [f"GET {request.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        self._protocol.receive_data("\r\n".join([*lines, "", ""]).encode("latin-1"))
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
        await self._flush()

    async def send(self, text: str) -> None:
        """Send a text. Raises ConnectionError when either end has said goodbye."""
        if self._protocol.state is not State.OPEN:
            raise ConnectionResetError("the websocket is closing")
        self._protocol.send_text(text.encode("utf-8", "surrogatepass"))
        await self._flush()

    async def send_binary(self, data: bytes) -> None:
        self._protocol.send_binary(data)
        await self._flush()

    async def receive(self) -> str | None:
        """The next text, None when the client has closed."""
        while self._texts.empty() and not self.closed:
            data = await self._exchange.reader.read(65536)
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
                self.closed = True
            for event in self._protocol.events_received():
                if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                    self._texts.put_nowait(bytes(event.data).decode())
                elif isinstance(event, Frame) and event.opcode is Opcode.CLOSE:
                    self.closed = True
            await self._flush()
        if self._texts.empty():
            self._exchange.request.client_left.set()
            return None
        return self._texts.get_nowait()

    async def close(self) -> None:
        """Say goodbye and hang up."""
        if not self.closed:
            self.closed = True
            self._protocol.send_close(1000)
            await self._flush()
        self._exchange.writer.close()

    def cut(self) -> None:
        """Hang up without a word."""
        self.closed = True
        self._exchange.reset()

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._exchange.writer.write(data)
        await self._exchange.writer.drain()

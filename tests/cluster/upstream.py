"""An OpenAI-compatible upstream whose every word the test says itself."""

import asyncio
import json

from tests.emulators.server import Exchange, Server

MODEL = "told"
EVENT_STREAM = {"Content-Type": "text/event-stream"}


def event(text: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    return b"data: " + json.dumps(delta).encode() + b"\n\n"


END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


class Telling:
    """One answer that is being told."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._over = asyncio.Event()
        self.text = ""

    @property
    def left(self) -> asyncio.Event:
        """Set when the product has closed the connection."""
        return self._exchange.request.client_left

    async def say(self, text: str) -> None:
        await self._exchange.send(event(text))
        self.text += text

    async def end(self) -> None:
        """The proper end."""
        await self._exchange.send(END)
        await self._exchange.end()
        self._over.set()

    async def raw(self, data: bytes) -> None:
        await self._exchange.send(data)

    def reset(self) -> None:
        self._exchange.reset()
        self._over.set()

    async def until_over(self) -> None:
        waits = [asyncio.ensure_future(each.wait()) for each in (self._over, self.left)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not self._over.is_set():
            self._exchange.keep_alive = False


class Upstream(Server):
    """`asked()` waits for the next question and gives the answer to be told."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: asyncio.Queue[Telling] = asyncio.Queue()

    async def asked(self, seconds: float = 10) -> Telling:
        async with asyncio.timeout(seconds):
            return await self._asked.get()

    @property
    def is_asked(self) -> bool:
        """Whether a question is there that `asked` has not given out."""
        return not self._asked.empty()

    async def handle(self, exchange: Exchange) -> None:
        if exchange.request.path != "/v1/chat/completions":
            await exchange.respond(body={"object": "list", "data": [{"id": MODEL}]})
            return
        await exchange.begin(headers=EVENT_STREAM)
        telling = Telling(exchange)
        self._asked.put_nowait(telling)
        await telling.until_over()

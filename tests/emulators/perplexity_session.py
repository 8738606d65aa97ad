"""One Engine.IO session of the emulated server, which behaves like python-engineio's.

Packets wait in a queue; whoever carries the session (a poll or the websocket) takes them from it.
"""

import asyncio
import base64
import itertools
import json
import secrets
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

SEPARATOR = "\x1e"
PACKETS_PER_PAYLOAD = 16
_COUNTER = itertools.count()


def new_sid() -> str:
    """20 characters: 12 random bytes and a counter, in python-engineio's alphabet."""
    raw = secrets.token_bytes(12) + (next(_COUNTER) % 2**24).to_bytes(3, "big")
    return base64.b64encode(raw).decode().replace("/", "_").replace("+", "-")


class Session:
    """The server's side: what is to be sent, and what the packets of the client mean."""

    def __init__(
        self,
        answer: Callable[["Session", dict[str, Any]], Coroutine[Any, Any, None]],
        *,
        ping_interval: float = 25.0,
        ping_timeout: float = 20.0,
        fault: str = "",
    ) -> None:
        self.sid = new_sid()
        self.fault = fault
        self.ping_interval = ping_interval
        self.ping_timeout = ping_timeout
        self.upgrading = False
        self.upgraded = False
        self.closed = False
        self.polling = False
        self.posting = False
        self.abrupt = False
        self.pongs = 0
        self.acknowledged: list[str] = []
        self.auth: Any = None
        self._connected = False
        self._answer = answer
        self._queue: deque[str] = deque()
        self._changed = asyncio.Condition()
        self._ponged = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def handshake(self) -> str:
        """The open packet."""
        upgrades = [] if self.fault == "no-websocket" else ["websocket"]
        numbers = {
            "pingTimeout": round(self.ping_timeout * 1000),
            "pingInterval": round(self.ping_interval * 1000),
            "maxPayload": 1_000_000,
        }
        return "0" + json.dumps({"sid": self.sid, "upgrades": upgrades, **numbers})

    def start(self) -> None:
        """Begin the heartbeat."""
        self._tasks.append(asyncio.ensure_future(self._heartbeat()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def send(self, packet: str) -> None:
        """Queue a packet for whoever carries the session."""
        async with self._changed:
            self._queue.append(packet)
            self._changed.notify_all()

    async def take(self, limit: int = PACKETS_PER_PAYLOAD) -> list[str]:
        """The next packets; waits for one. Empty when the session was cut abruptly."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._queue or self.closed)
            count = min(limit, len(self._queue))
            packets = [self._queue.popleft() for _ in range(count)]
            self._changed.notify_all()
            return packets

    async def until_taken(self) -> None:
        """Wait until nothing is queued any more, or the session is over."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._queue or self.closed)

    async def close(self, last: str | None = None) -> None:
        """End the session; `last` is the packet that says so, None for no word at all."""
        async with self._changed:
            self.closed = True
            self.abrupt = last is None
            if last is not None:
                self._queue.append(last)
            self._changed.notify_all()

    async def receive(self, packet: str) -> None:
        """Do what one Engine.IO packet of the client means. Raises ValueError for nonsense."""
        match packet[:1]:
            case "1":
                await self.close("6")
            case "3":
                self.pongs += 1
                self._ponged.set()
            case "4":
                await self._receive_message(packet[1:])
            case "5" | "6":
                pass
            case _:
                raise ValueError("no packet")

    async def _receive_message(self, text: str) -> None:
        kind, rest = text[:1], text[1:]
        if not self._connected and kind != "0":
            await self.close("1")
        elif kind == "0":
            await self._connect(rest)
        elif kind == "1":
            await self.close("1")
        elif kind == "2":
            name, *arguments = json.loads(rest)
            if name == "perplexity_labs":
                task = asyncio.ensure_future(self._answer(self, arguments[0]))
                self._tasks.append(task)
        elif kind == "3":
            self.acknowledged.append(rest)

    async def _connect(self, rest: str) -> None:
        if rest.startswith("/"):
            await self.send(f'44{rest.partition(",")[0]},"Unable to connect"')
            return
        self._connected = True
        self.auth = json.loads(rest) if rest else None
        if self.fault == "connect-error":
            await self.send('44{"message":"Not allowed"}')
        elif self.fault == "connect-event":  # an event for a namespace nobody asked for
            await self.send('42/other,["hello"]')
            await self.send(self._welcome())
        elif self.fault not in ("late-connect", "no-connect"):
            await self.send(self._welcome())

    async def upgrade(self) -> None:
        """The websocket carries the session from now on."""
        self.upgraded = True
        self.upgrading = False
        if self.fault == "late-connect":
            await self.send(self._welcome())
        await self.send("6")

    def _welcome(self) -> str:
        return f'40{{"sid":"{new_sid()}"}}'

    async def _heartbeat(self) -> None:
        while not self.closed:
            await asyncio.sleep(self.ping_interval)
            self._ponged.clear()
            if self.fault == "no-pings":
                continue
            await self.send("2")
            try:
                async with asyncio.timeout(self.ping_timeout):
                    await self._ponged.wait()
            except TimeoutError:
                await self.close("1")

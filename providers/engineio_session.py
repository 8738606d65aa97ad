"""One Engine.IO session with an upstream: long polling, and a websocket where it lets us.

The packets and what they mean are engineio.py's; here is who carries them. Sequence and rules:
socketio/engine.io-protocol (revision 4), "Transports" and "Upgrading".
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import urlencode

from providers import http, websocket
from providers.engineio import Packet, PacketType, PayloadDecoder, parse_packet, payloads
from providers.engineio_client import (
    Client,
    Connected,
    Ended,
    Event,
    Happening,
    Opened,
    Probed,
    Refused,
)
from providers.errors import (
    ProviderError,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.timeouts import Timeouts

_LOG = logging.getLogger(__name__)

# The answer to CONNECT lies ready in the first poll as a rule. A server that keeps it until the
# websocket is there would hold that poll for its whole ping interval: this is how long we look.
POLL_PATIENCE = 1.0

# Saying goodbye by HTTP is a courtesy; nobody waits longer for it.
GOODBYE_TIMEOUT = 1.0

_NOT_YET = Opened("", (), 25.0, 20.0, 1_000_000)


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a session is opened, and how one gets there."""

    polling_url: str
    websocket_url: str
    headers: Mapping[str, str]
    proxy: str | None
    timeouts: Timeouts


class _Carrier(Protocol):
    async def send(self, packets: Iterable[Packet]) -> None: ...

    async def receive(self, within: float) -> Sequence[Packet]: ...


class _Polling:
    """Carries packets by HTTP: one request at a time, except for one pending poll."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._query = {"EIO": "4", "transport": "polling", "t": secrets.token_hex(4)}
        self._cookies: dict[str, str] = {}
        self.max_payload = 1_000_000

    def join(self, opened: Opened) -> None:
        """Use the session that the server opened."""
        self._query["sid"] = opened.sid
        self.max_payload = opened.max_payload

    def headers(self) -> dict[str, str]:
        """The headers of the next request: the session's cookies are among them."""
        headers = dict(self._upstream.headers)
        if self._cookies:
            headers["Cookie"] = "; ".join(
                f"{name}={value}" for name, value in self._cookies.items()
            )
        return headers

    async def send(self, packets: Iterable[Packet]) -> None:
        for payload in payloads(packets, self.max_payload):
            await self._request("POST", payload.encode(), self._upstream.timeouts.read)

    async def receive(self, within: float) -> list[Packet]:
        return await self._request("GET", None, within)

    async def _request(self, method: str, content: bytes | None, within: float) -> list[Packet]:
        headers = self.headers()
        if content is not None:
            headers["Content-Type"] = "text/plain;charset=UTF-8"
        async with http.request(
            method,
            f"{self._upstream.polling_url}?{urlencode(self._query)}",
            headers=headers,
            content=content,
            proxy=self._upstream.proxy,
            timeout=replace(self._upstream.timeouts, read=within, first_byte=None),
        ) as response:
            if response.status == 400 and "sid" in self._query:
                raise Unavailable(
                    "The provider broke the connection off.",
                    detail="engine.io: the session is gone",
                )
            await http.raise_for_status(response)
            self._cookies |= response.cookies
            if content is not None:
                await response.read(limit=1024)  # "ok", in one case or the other
                return []
            return await _read_packets(response)


class _Socket:
    """Carries packets by websocket."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket

    async def send(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            await self._socket.send(str(packet))

    async def receive(self, within: float) -> list[Packet]:
        return [parse_packet(await self._socket.receive(within))]


class Session:
    """An open session in its main namespace."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._polling = _Polling(upstream)
        self._carrier: _Carrier = self._polling
        self._client = Client()
        self._packets: deque[Packet] = deque()
        self._events: deque[Event] = deque()
        self._opened = _NOT_YET
        self._connected = False
        self._ended = False

    @property
    def upgraded(self) -> bool:
        """Whether a websocket carries the session."""
        return self._carrier is not self._polling

    async def emit(self, name: str, *arguments: Any) -> None:
        """Send an event."""
        self._client.emit(name, *arguments)
        await self._flush()

    async def next_event(self) -> Event:
        """The next event of the server. Pings are answered meanwhile.

        Raises Unavailable when the server ends the session and Timeout when it falls silent.
        """
        while not self._events:
            await self._step()
        return self._events.popleft()

    async def enter(self, auth: Any, stack: AsyncExitStack) -> None:
        """Open the session and be let in; `stack` closes what was opened."""
        await self._open()
        self._client.connect(auth)
        await self._flush()
        await self._upgrade(stack)
        while not self._connected:
            await self._step()

    async def leave(self) -> None:
        """Tell a server that is only reached by HTTP that we are gone."""
        if not self._opened.sid or self._ended or self.upgraded:
            return
        try:
            async with asyncio.timeout(GOODBYE_TIMEOUT):
                await self._polling.send([Packet(PacketType.CLOSE)])
        except (ProviderError, TimeoutError):
            _LOG.debug("no answer to the goodbye")

    async def _open(self) -> None:
        packets = await self._polling.receive(self._upstream.timeouts.read)
        opened = self._client.receive(packets[0])
        if not isinstance(opened, Opened):
            raise UnexpectedResponse(detail="engine.io: no handshake")
        self._opened = opened
        self._polling.join(opened)
        self._packets.extend(packets[1:])

    async def _upgrade(self, stack: AsyncExitStack) -> None:
        """Move to a websocket where the server offers one and it works; else go on polling.

        A poll is pending meanwhile, as the protocol wants it: the server ends it with a noop.
        """
        poll = asyncio.create_task(self._receive())
        try:
            await asyncio.wait({poll}, timeout=POLL_PATIENCE)
            if poll.done():
                self._packets.extend(poll.result())
                await self._work_off()
            socket = await self._probe(stack)
            if not poll.done():
                self._packets.extend(await poll)
            if socket is not None:
                await self._flush()
                await socket.send(str(Packet(PacketType.UPGRADE)))
                self._carrier = _Socket(socket)
        finally:
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)

    async def _probe(self, stack: AsyncExitStack) -> websocket.WebSocket | None:
        """A websocket on which the server answered, or None."""
        if "websocket" not in self._opened.upgrades:
            return None
        query = urlencode({"EIO": "4", "transport": "websocket", "sid": self._opened.sid})
        try:
            async with AsyncExitStack() as attempt:
                socket = await attempt.enter_async_context(
                    websocket.connect(
                        f"{self._upstream.websocket_url}?{query}",
                        headers=self._polling.headers(),
                        proxy=self._upstream.proxy,
                        timeouts=self._upstream.timeouts,
                    )
                )
                await socket.send(str(Packet(PacketType.PING, "probe")))
                answer = parse_packet(await socket.receive(self._upstream.timeouts.connect))
                if not isinstance(Client().receive(answer), Probed):
                    raise UnexpectedResponse(detail="engine.io: the probe was not answered")
                stack.push_async_exit(attempt.pop_all())
                return socket
        except ProviderError as error:
            _LOG.info("no websocket, polling goes on: %s", error.detail)
            return None

    async def _step(self) -> None:
        """Take one packet and do what it asks for; wait for one where there is none."""
        if not self._packets:
            self._packets.extend(await self._receive())
        happening = self._client.receive(self._packets.popleft())
        await self._flush()
        self._take_note(happening)

    async def _work_off(self) -> None:
        while self._packets:
            await self._step()

    def _take_note(self, happening: Happening | None) -> None:
        match happening:
            case Connected():
                self._connected = True
            case Event():
                self._events.append(happening)
            case Refused(reason):
                raise RequestRejected(
                    f"The provider refused the conversation: {reason[:200]}"
                    if reason
                    else "The provider refused the conversation.",
                    detail="socket.io: connect error",
                )
            case Ended(reason):
                self._ended = True
                raise Unavailable("The provider broke the connection off.", detail=reason)

    async def _receive(self) -> Sequence[Packet]:
        return await self._carrier.receive(self._opened.silence)

    async def _flush(self) -> None:
        if packets := self._client.take():
            await self._carrier.send(packets)


@asynccontextmanager
async def open_session(upstream: Upstream, auth: Any = None) -> AsyncIterator[Session]:
    """A session that the upstream let us into; nothing of it is left when the block ends.

    Raises ProviderError when the upstream refuses, is silent or speaks something else.
    """
    session = Session(upstream)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(session.leave)
        try:
            async with asyncio.timeout(upstream.timeouts.until_answer):
                await session.enter(auth, stack)
        except TimeoutError as error:
            raise Timeout(detail="engine.io: not let in in time") from error
        yield session


async def _read_packets(response: http.Response) -> list[Packet]:
    decoder = PayloadDecoder()
    packets: list[Packet] = []
    async for chunk in response.chunks():
        packets += decoder.feed(chunk)
    return packets + decoder.flush()

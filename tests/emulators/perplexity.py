"""Perplexity Labs' wire: Engine.IO 4 by long polling and websocket, Socket.IO inside.

Behaves like python-engineio and python-socketio, as the real one seems to. Faults, besides those
of every HTTP upstream (server.play_fault, at the handshake):

* at the handshake: not-open, no-websocket, lower-ok, wrong-sid, connect-error, connect-event,
  late-connect (40 only after the upgrade), no-connect, no-pings;
* at the upgrade: upgrade-400, probe-silent, probe-wrong;
* in the answer, and then also by words in the question: those of perplexity_answers.py.
"""

import asyncio
from typing import Any

from tests.emulators.answers import PACE
from tests.emulators.perplexity_answers import play
from tests.emulators.perplexity_session import SEPARATOR, Session
from tests.emulators.perplexity_socket import ServerSocket
from tests.emulators.server import Exchange, play_fault
from tests.emulators.talker import Talker

PATH = "/socket.io/"
COOKIE = "labs-visit"


class PerplexityEmulator(Talker):
    """Sessions by long polling, upgraded to websockets. `asked` holds the requests' objects."""

    def __init__(
        self,
        fault: str = "",
        pace: float = PACE,
        *,
        ping_interval: float = 25.0,
        ping_timeout: float = 20.0,
        wants_cookie: bool = True,
    ) -> None:
        super().__init__(fault, pace)
        self.asked: list[dict[str, Any]] = []
        self.sessions: dict[str, Session] = {}
        self._ping_interval = ping_interval
        self._ping_timeout = ping_timeout
        self._wants_cookie = wants_cookie

    async def stop(self) -> None:
        for session in self.sessions.values():
            await session.close()
            await session.stop()
        await super().stop()

    async def handle(self, exchange: Exchange) -> None:
        request = exchange.request
        query = request.query
        if request.path != PATH or query.get("EIO") != "4":
            await exchange.respond(400, "The client is using an unsupported version")
        elif "sid" not in query:
            await self._open(exchange)
        elif (session := self._session(exchange)) is None:
            await exchange.respond(400, f"Invalid session {query['sid']}")
        elif query.get("transport") == "websocket":
            await self._upgrade(exchange, session)
        elif session.upgraded or query.get("transport") != "polling":
            await exchange.respond(400, "Invalid transport")
        elif request.method == "POST":
            await self._post(exchange, session)
        else:
            await self._poll(exchange, session)

    def _session(self, exchange: Exchange) -> Session | None:
        session = self.sessions.get(exchange.request.query["sid"])
        cookie = f"{COOKIE}={session.sid}" if session else ""
        if self._wants_cookie and cookie not in exchange.request.headers.get("cookie", ""):
            return None
        if session is None or self.fault == "wrong-sid":
            return None
        return None if session.closed and not session.polling else session

    async def _open(self, exchange: Exchange) -> None:
        query = exchange.request.query
        if exchange.request.method != "GET":
            await exchange.respond(400, "Bad Request")
            return
        if await play_fault(exchange, self.fault):
            return
        session = Session(
            self._play,
            ping_interval=self._ping_interval,
            ping_timeout=self._ping_timeout,
            fault=self.fault,
        )
        self.sessions[session.sid] = session
        session.start()
        if query.get("transport") == "websocket":
            socket = ServerSocket(exchange)
            await socket.accept()
            await socket.send(session.handshake().replace('["websocket"]', "[]"))
            session.upgraded = True
            await self._carry(socket, session)
            return
        body = session.handshake() if self.fault != "not-open" else "96:0{}"
        await exchange.respond(
            body=body, headers={"Set-Cookie": f"{COOKIE}={session.sid}; path=/; HttpOnly"}
        )

    async def _post(self, exchange: Exchange, session: Session) -> None:
        if session.posting:
            await self._refuse(exchange, session)
            return
        session.posting = True
        try:
            for packet in exchange.request.body.decode().split(SEPARATOR):
                await session.receive(packet)
        except ValueError:
            await self._refuse(exchange, session)
            return
        finally:
            session.posting = False
        await exchange.respond(body="ok" if self.fault == "lower-ok" else "OK")

    async def _poll(self, exchange: Exchange, session: Session) -> None:
        if session.polling:
            await self._refuse(exchange, session)
            return
        if session.upgrading:
            await exchange.respond(body="6")
            return
        session.polling = True
        try:
            packets = await self._next_packets(exchange, session)
        finally:
            session.polling = False
        if packets:
            await exchange.respond(body=SEPARATOR.join(packets))
        else:
            exchange.cut()

    async def _next_packets(self, exchange: Exchange, session: Session) -> list[str]:
        """What the poll carries; empty when the client leaves or the session is cut."""
        taking = asyncio.ensure_future(session.take())
        leaving = asyncio.ensure_future(exchange.request.client_left.wait())
        try:
            await asyncio.wait({taking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return taking.result() if taking.done() else []
        finally:
            taking.cancel()
            leaving.cancel()
            await asyncio.wait({taking, leaving})

    async def _refuse(self, exchange: Exchange, session: Session) -> None:
        await session.close("1")
        await exchange.respond(400, "Bad Request")

    async def _upgrade(self, exchange: Exchange, session: Session) -> None:
        if self.fault == "upgrade-400" or session.upgraded:
            await exchange.respond(400, "Invalid websocket upgrade")
            return
        socket = ServerSocket(exchange)
        await socket.accept()
        if await socket.receive() != "2probe":
            await socket.close()
            return
        if self.fault == "probe-silent":
            await socket.receive()
            return
        session.upgrading = True
        await socket.send("3no" if self.fault == "probe-wrong" else "3probe")
        if session.polling:
            await session.send("6")
        if await socket.receive() != "5":
            session.upgrading = False
            await socket.close()
            return
        await session.upgrade()
        await self._carry(socket, session)

    async def _carry(self, socket: ServerSocket, session: Session) -> None:
        """Carry the session over the websocket until one end closes."""
        sending = asyncio.ensure_future(_send_all(socket, session))
        try:
            while (text := await socket.receive()) is not None:
                await session.receive(text)
        except (ValueError, ConnectionError):
            await socket.close()
        finally:
            await session.close()
            await asyncio.wait([sending])

    async def _play(self, session: Session, data: dict[str, Any]) -> None:
        self.asked.append(data)
        fault = self.fault_for(data["messages"][-1]["content"])
        await play(session, data, fault, self.pause)


async def _send_all(socket: ServerSocket, session: Session) -> None:
    try:
        while packets := await session.take():
            for packet in packets:
                await socket.send(packet)
                if packet.startswith("451-"):
                    await socket.send_binary(b"\x00")
        if session.abrupt and not socket.closed:
            socket.cut()
        else:
            await socket.close()
    except ConnectionError:
        pass

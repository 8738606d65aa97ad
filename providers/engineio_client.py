"""What the packets of an Engine.IO session mean to a client, without any input or output.

Packets go in, happenings and packets to send come out. Source: the "Heartbeat" and "Protocol"
chapters of socketio/engine.io-protocol (revision 4) and socket.io-protocol (revision 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from providers.engineio import (
    Packet,
    PacketType,
    SocketPacket,
    SocketType,
    parse_json,
    parse_socket_packet,
)
from providers.errors import UnexpectedResponse


@dataclass(frozen=True, slots=True)
class Opened:
    """The server's handshake. Times are in seconds."""

    sid: str
    upgrades: tuple[str, ...]
    ping_interval: float
    ping_timeout: float
    max_payload: int

    @property
    def silence(self) -> float:
        """Seconds without a packet after which the server counts as gone."""
        return self.ping_interval + self.ping_timeout


@dataclass(frozen=True, slots=True)
class Probed:
    """The server answered the probe: the websocket works."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The server let us into the main namespace."""

    sid: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server did not let us into the main namespace. `reason` may be empty."""

    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """The server sent an event to the main namespace."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The server ended the conversation. `reason` is one English clause for the log."""

    reason: str


Happening = Opened | Probed | Connected | Refused | Event | Ended


class Client:
    """Our side of one Engine.IO session that carries one Socket.IO namespace.

    `receive` takes a packet and says what happened; `take` hands over what must be sent because
    of it (pongs, acknowledgements) or because it was asked for (`connect`, `emit`).
    """

    def __init__(self) -> None:
        self._outgoing: list[Packet] = []

    def take(self) -> list[Packet]:
        """The packets to send now; they count as sent."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def connect(self, auth: Any = None) -> None:
        """Ask to be let into the main namespace."""
        self._send(SocketPacket(SocketType.CONNECT, auth))

    def emit(self, name: str, *arguments: Any) -> None:
        """Send an event."""
        self._send(SocketPacket(SocketType.EVENT, [name, *arguments]))

    def receive(self, packet: Packet) -> Happening | None:
        """What `packet` means; None where it means nothing to whoever uses the session."""
        match packet.type:
            case PacketType.OPEN:
                return _parse_handshake(packet.data)
            case PacketType.CLOSE:
                return Ended("the server closed the Engine.IO session")
            case PacketType.PING:
                self._outgoing.append(Packet(PacketType.PONG, packet.data))
            case PacketType.PONG:
                return Probed() if packet.data == "probe" else None
            case PacketType.MESSAGE:
                return self._receive_message(parse_socket_packet(packet.data))
            case PacketType.UPGRADE:
                raise UnexpectedResponse(detail="an Engine.IO upgrade packet from the server")
            case PacketType.NOOP:
                pass
        return None

    def _receive_message(self, packet: SocketPacket) -> Happening | None:
        if packet.namespace != "/":
            return None
        match packet.type:
            case SocketType.CONNECT:
                return Connected(packet.data["sid"] if packet.data else "")
            case SocketType.DISCONNECT:
                return Ended("the server ended the Socket.IO session")
            case SocketType.CONNECT_ERROR:
                return Refused(_reason(packet.data))
            case SocketType.EVENT:
                if packet.id is not None:
                    self._send(SocketPacket(SocketType.ACK, [], id=packet.id))
                return Event(str(packet.data[0]), tuple(packet.data[1:]))
            case _:  # an acknowledgement: we never ask for one
                return None

    def _send(self, packet: SocketPacket) -> None:
        self._outgoing.append(Packet(PacketType.MESSAGE, str(packet)))


def _reason(data: Any) -> str:
    if isinstance(data, Sequence) and not isinstance(data, str) and data:
        data = data[0]
    if isinstance(data, dict):
        data = data.get("message")
    return data if isinstance(data, str) else ""


def _parse_handshake(text: str) -> Opened:
    data = parse_json(text)
    if not isinstance(data, dict) or not isinstance(data.get("sid"), str) or not data["sid"]:
        raise UnexpectedResponse(detail="an Engine.IO handshake without a session id")
    upgrades = data.get("upgrades")
    return Opened(
        sid=data["sid"],
        upgrades=tuple(str(name) for name in upgrades) if isinstance(upgrades, list) else (),
        ping_interval=_number(data, "pingInterval", 25_000) / 1000,
        ping_timeout=_number(data, "pingTimeout", 20_000) / 1000,
        max_payload=int(_number(data, "maxPayload", 1_000_000)),
    )


def _number(data: dict[str, Any], key: str, default: float) -> float:
    """A positive number of the handshake, else the servers' common default."""
    value = data.get(key)
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9
    return float(value) if good and value is not None else default

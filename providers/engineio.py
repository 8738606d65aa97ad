"""Engine.IO 4 and the Socket.IO 5 packets inside it, without any input or output.

Sources: socketio/engine.io-protocol (revision 4) and socketio/socket.io-protocol (revision 5).
Text or bytes go in, packets and events come out; who carries them (long polling or a websocket)
is no business of this file. Whatever breaks the protocol is an `UnexpectedResponse`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from providers.errors import UnexpectedResponse

SEPARATOR = "\x1e"

# What a long-polling answer may hold. Servers cut their own bodies at about 1 MB by default; a
# cumulative answer repeats itself in every packet, so one body may hold several long ones.
PAYLOAD_LIMIT = 16 * 1024 * 1024

# python-engineio refuses a body of more packets than this.
PACKETS_PER_PAYLOAD = 16

_SOCKET_PACKET = re.compile(
    r"(?P<type>[0-6])"
    r"(?:(?P<attachments>\d{1,10})-)?"
    r"(?:(?P<namespace>/[^,]*)(?:,|\Z))?"
    r"(?P<id>\d{1,100})?"
    r"(?P<data>.*)",
    re.DOTALL,
)


class PacketType(IntEnum):
    """The first character of every Engine.IO packet."""

    OPEN = 0
    CLOSE = 1
    PING = 2
    PONG = 3
    MESSAGE = 4
    UPGRADE = 5
    NOOP = 6


class SocketType(IntEnum):
    """The first character of every Socket.IO packet (inside an Engine.IO message)."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4
    BINARY_EVENT = 5
    BINARY_ACK = 6


@dataclass(frozen=True, slots=True)
class Packet:
    """One Engine.IO packet; `data` is what follows the type."""

    type: PacketType
    data: str = ""

    def __str__(self) -> str:
        return f"{self.type.value}{self.data}"


@dataclass(frozen=True, slots=True)
class SocketPacket:
    """One Socket.IO packet. `data` is decoded JSON, None where there is none."""

    type: SocketType
    data: Any = None
    namespace: str = "/"
    id: int | None = None

    def __str__(self) -> str:
        namespace = "" if self.namespace == "/" else f"{self.namespace},"
        number = "" if self.id is None else str(self.id)
        data = "" if self.data is None else json.dumps(self.data)
        return f"{self.type.value}{namespace}{number}{data}"


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


def parse_packet(text: str) -> Packet:
    """One Engine.IO packet from its text (one websocket frame, one entry of a polling body)."""
    if text[:1] == "b":
        raise UnexpectedResponse(
            detail="a binary Engine.IO packet, which this client never asks for"
        )
    if text[:1] not in tuple("0123456"):
        raise UnexpectedResponse(detail=f"no Engine.IO packet ({len(text)} characters)")
    return Packet(PacketType(int(text[0])), text[1:])


class PayloadDecoder:
    """Packets of a long-polling body, whatever pieces it comes in."""

    def __init__(self, limit: int = PAYLOAD_LIMIT) -> None:
        self._pending = bytearray()
        self._limit = limit
        self._size = 0

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that `data` completes."""
        self._size += len(data)
        if self._size > self._limit:
            raise UnexpectedResponse(detail=f"a polling body of more than {self._limit} bytes")
        *complete, rest = data.split(SEPARATOR.encode())
        if not complete:
            self._pending += rest
            return []
        complete[0] = bytes(self._pending) + complete[0]
        self._pending = bytearray(rest)
        return [_parse_bytes(entry) for entry in complete]

    def flush(self) -> list[Packet]:
        """The last packet: a body ends without a separator. A body is never empty."""
        entry, self._pending = bytes(self._pending), bytearray()
        return [_parse_bytes(entry)]


def parse_payload(body: bytes) -> list[Packet]:
    """All packets of one long-polling body."""
    decoder = PayloadDecoder()
    return [*decoder.feed(body), *decoder.flush()]


def payloads(packets: Iterable[Packet], max_payload: int) -> Iterator[str]:
    """Packets as long-polling bodies, each within `max_payload` bytes where a packet alone fits."""
    batch: list[str] = []
    size = 0
    for packet in packets:
        text = str(packet)
        length = len(text.encode("utf-8", "surrogatepass"))
        if batch and (size + 1 + length > max_payload or len(batch) == PACKETS_PER_PAYLOAD):
            yield SEPARATOR.join(batch)
            batch, size = [], 0
        size += length + bool(batch)
        batch.append(text)
    if batch:
        yield SEPARATOR.join(batch)


def parse_socket_packet(text: str) -> SocketPacket:
    """One Socket.IO packet from the data of an Engine.IO message."""
    match = _SOCKET_PACKET.match(text)
    if match is None:
        raise UnexpectedResponse(detail=f"no Socket.IO packet ({len(text)} characters)")
    kind = SocketType(int(match["type"]))
    if kind in (SocketType.BINARY_EVENT, SocketType.BINARY_ACK):
        raise UnexpectedResponse(
            detail="a binary Socket.IO packet, which this client never asks for"
        )
    if match["attachments"]:
        raise UnexpectedResponse(detail=f"a Socket.IO packet of type {kind} with attachments")
    # A query behind the namespace belongs to the request, not to the name (python-socketio).
    namespace = (match["namespace"] or "/").partition("?")[0]
    number = int(match["id"]) if match["id"] else None
    packet = SocketPacket(kind, _parse_json(match["data"]), namespace, number)
    _check_shape(packet)
    return packet


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


def _parse_bytes(entry: bytes) -> Packet:
    return parse_packet(entry.decode("utf-8", "replace"))


def _parse_json(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # The error's own text would quote the answer.
        raise UnexpectedResponse(detail=f"no JSON ({len(text)} characters)") from None


def _check_shape(packet: SocketPacket) -> None:
    """Refuse a payload that its type does not allow (the receiver must, says the protocol)."""
    data = packet.data
    match packet.type:
        case SocketType.CONNECT:
            # Revision 4 of Socket.IO sent no session id here; nothing in us needs one.
            good = data is None or (isinstance(data, dict) and isinstance(data.get("sid"), str))
        case SocketType.DISCONNECT:
            good = data is None
        case SocketType.EVENT:
            good = isinstance(data, list) and bool(data) and isinstance(data[0], str)
        case SocketType.ACK:
            good = isinstance(data, list) and packet.id is not None
        case _:
            good = data is None or isinstance(data, dict | str | list)
    if not good and packet.namespace == "/":
        raise UnexpectedResponse(detail=f"a malformed Socket.IO packet of type {packet.type}")


def _reason(data: Any) -> str:
    if isinstance(data, Sequence) and not isinstance(data, str) and data:
        data = data[0]
    if isinstance(data, dict):
        data = data.get("message")
    return data if isinstance(data, str) else ""


def _parse_handshake(text: str) -> Opened:
    data = _parse_json(text)
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

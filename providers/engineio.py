"""Engine.IO 4 and the Socket.IO 5 packets inside it, without any input or output.

Sources: socketio/engine.io-protocol (revision 4) and socketio/socket.io-protocol (revision 5).
Text or bytes go in, packets and events come out; who carries them (long polling or a websocket)
is no business of this file. Whatever breaks the protocol is an `UnexpectedResponse`.
"""

import json
import re
from collections.abc import Iterable, Iterator
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
    packet = SocketPacket(kind, parse_json(match["data"]), namespace, number)
    _check_shape(packet)
    return packet


def _parse_bytes(entry: bytes) -> Packet:
    return parse_packet(entry.decode("utf-8", "replace"))


def parse_json(text: str) -> Any:
    """Decoded JSON, None for no text. Raises UnexpectedResponse without quoting the text."""
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
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

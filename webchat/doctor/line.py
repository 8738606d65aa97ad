"""A small client of HTTP/1.1 that shows what happens on the connection itself.

A library would hide what the doctor is here for: a 413 before the body, the time of every piece,
the silence of a socket.
"""

import base64
import http.client
import json
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from webchat.doctor.probe import HEADER, word

ANSWER_SECONDS = 10  # whoever waits longer for a page has gone
BODY_MAX = 1024 * 1024  # bytes read of any answer
FORGED_ADDRESS, FORGED_PATH = "203.0.113.9", "/forged"  # TEST-NET-3, RFC 5737
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10  # RFC 6455, section 5.2


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def arrived(self) -> dict[str, Any] | None:
        """What the probe tells; None when somebody else answered."""
        try:
            told = json.loads(self.body)
        except ValueError:
            return None
        return told if isinstance(told, dict) and "probe" in told else None


@dataclass(frozen=True)
class Line:
    """The way in: an origin, and the authorities that may vouch for its certificate."""

    origin: str
    trusted: str | None = None
    secrets: dict[str, str] = field(default_factory=lambda: {HEADER: word()})

    @contextmanager
    def _open(self) -> Iterator[http.client.HTTPConnection]:
        parts = urlsplit(self.origin)
        host = parts.hostname or ""
        if parts.scheme == "https":
            context = ssl.create_default_context()
            if self.trusted:  # besides those of the system, which `cafile=` would leave out
                context.load_verify_locations(self.trusted)
            opened: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, parts.port, timeout=ANSWER_SECONDS, context=context
            )
        else:
            opened = http.client.HTTPConnection(host, parts.port, timeout=ANSWER_SECONDS)
        with closing(opened):
            yield opened

    def _headers(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """With what an attacker would send along, to see whether it is believed."""
        forged = {
            "X-Forwarded-For": FORGED_ADDRESS,
            "X-Forwarded-Proto": "forged",
            "Daphne-Root-Path": FORGED_PATH,
        }
        return {"Cookie": "probe=1", **forged, **self.secrets, **(extra or {})}

    def ask(self, path: str) -> Reply:
        """GET `path`. Raises OSError and http.client.HTTPException."""
        with self._open() as connection:
            connection.request("GET", path, headers=self._headers())
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, headers, answer.read(BODY_MAX))

    def certificate_days(self) -> float | None:
        """For how many days more the certificate is good; None without TLS."""
        with self._open() as connection:
            connection.connect()
            if not isinstance(connection.sock, ssl.SSLSocket):
                return None
            ends: Any = (connection.sock.getpeercert() or {})["notAfter"]
            return (ssl.cert_time_to_seconds(ends) - time.time()) / 86400

    def spread(self, path: str) -> float:
        """Seconds between the first and the last piece of an answer in pieces."""
        with self._open() as connection:
            connection.request("GET", f"{path}?pieces", headers=self._headers())
            answer = connection.getresponse()
            answer.read1(1)
            first = time.monotonic()
            answer.read(BODY_MAX)
            return time.monotonic() - first

    def takes(self, path: str, size: int) -> bool:
        """Whether a body of `size` bytes would be taken; it is announced, and never sent."""
        extra = {"Content-Length": str(size), "Expect": "100-continue", "Connection": "close"}
        with self._open() as connection:
            connection.putrequest("POST", path)
            for name, value in self._headers(extra).items():
                connection.putheader(name, value)
            connection.endheaders()
            with connection.sock.makefile("rb") as stream:
                return b" 413 " not in stream.readline(1000)

    @contextmanager
    def socket(self, path: str) -> Iterator["Socket | Reply"]:
        """The websocket at `path`, or the answer of whoever did not open one."""
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
            "Origin": self.origin,
        }
        with self._open() as connection:
            connection.request("GET", path, headers=self._headers(upgrade))
            answer = connection.getresponse()
            if answer.status == http.client.SWITCHING_PROTOCOLS:
                yield Socket(connection.sock, answer.fp)
            else:
                headers = {name.lower(): value for name, value in answer.getheaders()}
                yield Reply(answer.status, headers, answer.read(BODY_MAX))


class Socket:
    """As much of RFC 6455 as it takes to listen: short frames, pings answered."""

    def __init__(self, connection: socket.socket, stream: Any) -> None:
        self._connection = connection
        self._stream = stream

    def hear(self) -> dict[str, Any]:
        """The one message that a probe sends. Raises OSError."""
        kind, data = self._frame()
        if kind != TEXT:
            raise ConnectionError("closed before a word was said")
        told: dict[str, Any] = json.loads(data)
        return told

    def silent_seconds(self, patience: float) -> float:
        """How long the connection lasts when nobody says anything, `patience` at the most."""
        began = time.monotonic()
        while (left := began + patience - time.monotonic()) > 0:
            self._connection.settimeout(left)
            try:
                kind, data = self._frame()
            except TimeoutError:
                break
            except OSError:
                return time.monotonic() - began
            if kind == CLOSE:
                return time.monotonic() - began
            if kind == PING:
                self._connection.sendall(bytes([0x80 | PONG, 0x80 | len(data)]) + bytes(4) + data)
        return patience

    def _frame(self) -> tuple[int, bytes]:
        first, length = self._read(2)
        if length == 126:
            (length,) = struct.unpack(">H", self._read(2))
        return first & 0x0F, self._read(length)

    def _read(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        if len(data) < size:
            raise ConnectionError("the connection ended")
        return data

"""Readers that stop reading: how much the server's memory grows by."""

import json
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from benchmarks.figures import machine, megabytes, table
from benchmarks.processes import Peak, pss_bytes
from benchmarks.site import Site, site_with_upstream
from tests.e2e.product import COOKIE

ANSWER = "bench-0-45000"  # 180 kB, as fast as the server takes it
ANSWERS = 4  # at once, as many as one person may have
ASKED = 150  # times the impolite reader asks for the same again
PATIENCE = 10  # seconds


class Deaf:
    """A websocket whose reading can be left alone, so that what is sent to it piles up."""

    def __init__(self, running: Site, session: str) -> None:
        address = running.socket
        self._protocol = ClientProtocol(parse_uri(address), origin=running.product.url)  # type: ignore[arg-type]
        host = urlsplit(address)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect(("127.0.0.1", host.port))
        self._socket.settimeout(PATIENCE)
        request = self._protocol.connect()
        request.headers = Headers({**request.headers, "Cookie": f"{COOKIE}={session}"})
        self._protocol.send_request(request)
        self._flush()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def say(self, command: dict[str, Any]) -> None:
        self._protocol.send_text(json.dumps(command).encode())
        self._flush()

    def hear(self, kind: str) -> dict[str, Any]:
        """Read until an event of this type."""
        while True:
            for event in self._protocol.events_received():
                if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                    found: dict[str, Any] = json.loads(bytes(event.data))
                    if found["type"] == kind:
                        return found
            self._protocol.receive_data(self._socket.recv(65536))

    def close(self) -> None:
        self._socket.close()


@contextmanager
def deaf(running: Site, session: str) -> Iterator[Deaf]:
    reader = Deaf(running, session)
    try:
        reader.hear("hello")
        yield reader
    finally:
        reader.close()


def _begin(reader: Deaf, endpoint: int) -> str:
    reader.say(
        {
            "type": "message.send",
            "client_id": str(uuid.uuid4()),
            "text": f"benchmark {uuid.uuid4()}",
            "endpoint": endpoint,
            "model": ANSWER,
        }
    )
    return str(reader.hear("message.created")["run"])


def _follow(reader: Deaf, run: str) -> None:
    reader.say({"type": "run.follow", "run": run, "seq": 0, "renderer": ""})


def follow_and_read(reader: Deaf, endpoint: int) -> None:
    """For comparison: ask for four long answers, follow and read them all."""
    for run in [_begin(reader, endpoint) for _ in range(ANSWERS)]:
        _follow(reader, run)
        reader.hear("message.done")


def follow_and_leave(reader: Deaf, endpoint: int) -> None:
    """Ask for four long answers, follow them all, read nothing."""
    for run in [_begin(reader, endpoint) for _ in range(ANSWERS)]:
        _follow(reader, run)
    time.sleep(PATIENCE)


def follow_again_and_again(reader: Deaf, endpoint: int) -> None:
    """Ask for the whole of one long answer many times, read nothing."""
    run = _begin(reader, endpoint)
    time.sleep(PATIENCE / 2)
    for _ in range(ASKED):
        _follow(reader, run)
        time.sleep(0.02)
    time.sleep(1)


def ping_for_ever(reader: Deaf, endpoint: int) -> None:
    """Small questions, of which every one is answered at once; read nothing."""
    try:
        for _ in range(100):
            for _ in range(1000):
                reader.say({"type": "ping"})
    except TimeoutError:
        pass  # the server no longer reads either, as it should


CASES = (follow_and_read, follow_and_leave, follow_again_and_again, ping_for_ever)


def main() -> str:
    rows = []
    with site_with_upstream() as running:
        seeded = running.seed("people", str(len(CASES) + 1))
        sessions = seeded["sessions"]
        with deaf(running, sessions.pop()) as reader:  # what long answers need once for all
            follow_and_read(reader, seeded["endpoint"])
        for case, session in zip(CASES, sessions, strict=True):
            before = pss_bytes(running.pid)
            with Peak(running.pid) as peak, deaf(running, session) as reader:
                case(reader, seeded["endpoint"])
            rows.append((case.__doc__, megabytes(peak.bytes - before)))
    return f"{table(('the reader', 'memory grows by, MB'), rows)}\n\n{machine()}"

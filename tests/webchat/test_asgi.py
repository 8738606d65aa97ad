"""The door of the program: which request goes where, and what start and stop do."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test.utils import override_settings

from tests.e2e.product import ROOT
from webchat import asgi
from webchat.asgi import application, under_base_path
from webchat.routing import FORBIDDEN, OriginCheck, origin_of

Message = dict[str, Any]


class Life:
    """Counts how often the program was begun and ended."""

    def __init__(self) -> None:
        self.started = self.drained = 0

    def start(self) -> None:
        self.started += 1

    async def drain(self) -> None:
        self.drained += 1


class Peer:
    """The server's side of one ASGI connection."""

    def __init__(self, *messages: Message) -> None:
        self.incoming = list(messages)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        return self.incoming.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def kinds(self) -> list[str]:
        return [message["type"] for message in self.sent]


class Inner:
    """An application that remembers the scopes it was given."""

    def __init__(self) -> None:
        self.scopes: list[Message] = []

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        self.scopes.append(scope)


@pytest.fixture(autouse=True)
def life(monkeypatch: pytest.MonkeyPatch) -> Life:
    life = Life()
    monkeypatch.setattr(asgi, "runs", life)
    monkeypatch.setattr(asgi, "_draining", None)
    return life


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Inner:
    inner = Inner()
    monkeypatch.setattr(asgi, "django_application", inner)
    return inner


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Inner:
    inner = Inner()
    monkeypatch.setattr(asgi, "socket_application", inner)
    return inner


@pytest.fixture
def below_chat() -> Iterator[None]:
    with override_settings(BASE_PATH="/chat"):
        yield


def scope(path: str = "/", kind: str = "http", **headers: str) -> Message:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": kind, "path": path, "root_path": "/forged", "headers": pairs, "method": "GET"}


async def open_socket(scope: Message) -> Peer:
    peer = Peer({"type": "websocket.connect"})
    await application(scope, peer.receive, peer.send)
    return peer


async def get(path: str) -> Peer:
    peer = Peer({"type": "http.request", "body": b"", "more_body": False})
    await application(scope(path), peer.receive, peer.send)
    return peer


async def test_pages_go_to_django_and_the_socket_to_its_consumer(
    pages: Inner, sockets: Inner
) -> None:
    await get("/c/1/")
    await open_socket(scope("/ws/", "websocket"))

    assert [one["path"] for one in pages.scopes] == ["/c/1/"]
    assert [one["path"] for one in sockets.scopes] == ["/ws/"]


async def test_a_socket_elsewhere_is_refused(sockets: Inner) -> None:
    peer = await open_socket(scope("/elsewhere/", "websocket"))

    assert peer.kinds == ["websocket.close"]
    assert sockets.scopes == []


@pytest.mark.usefixtures("below_chat")
@pytest.mark.parametrize("path", ["/", "/chatter/", "/accounts/login/", "//chat/"])
async def test_nothing_answers_outside_the_base_path(pages: Inner, path: str) -> None:
    peer = await get(path)

    assert pages.scopes == []
    assert peer.sent[0]["status"] == 404
    assert b"The site begins at /chat/" in peer.sent[1]["body"]
    assert (b"x-content-type-options", b"nosniff") in peer.sent[0]["headers"]


@pytest.mark.usefixtures("below_chat")
async def test_a_base_path_without_its_slash_leads_to_the_site() -> None:
    peer = await get("/chat")

    assert peer.sent[0]["status"] == 308
    assert (b"location", b"/chat/") in peer.sent[0]["headers"]


@pytest.mark.usefixtures("below_chat")
async def test_the_site_lives_below_the_base_path(pages: Inner, sockets: Inner) -> None:
    await get("/chat/accounts/login/")
    await open_socket(scope("/chat/ws/", "websocket"))
    await open_socket(scope("/ws/", "websocket"))

    assert pages.scopes[0]["root_path"] == "/chat"
    assert len(sockets.scopes) == 1


@pytest.mark.parametrize("base_path", ["", "/chat"])
def test_a_root_path_from_the_request_is_not_believed(base_path: str) -> None:
    with override_settings(BASE_PATH=base_path):
        inner = under_base_path(scope(daphne_root_path="/evil", cookie="a=b"))

    assert inner["root_path"] == base_path
    assert inner["headers"] == [(b"cookie", b"a=b")]


ORIGINS = ["https://chat.example.org", "http://localhost:8000"]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://chat.example.org", True),
        ("HTTPS://Chat.Example.Org", True),
        ("http://localhost:8000", True),
        ("http://chat.example.org", False),
        ("https://chat.example.org:8443", False),
        ("https://chat.example.org.evil.example", False),
        ("https://evil.example", False),
        ("https://sub.chat.example.org", False),
        ("http://localhost", False),
        ("http://localhost:8001", False),
        ("null", False),
        ("", False),
        ("*", False),
        ("https://chat.example.org/", False),
        ("https://chat.example.org@evil.example", False),
    ],
)
async def test_a_socket_must_come_from_one_of_our_origins(origin: str, allowed: bool) -> None:
    inner = Inner()
    peer = Peer({"type": "websocket.connect"})

    with override_settings(ORIGINS=ORIGINS):
        await OriginCheck(inner)(scope("/ws/", "websocket", origin=origin), peer.receive, peer.send)

    assert bool(inner.scopes) is allowed
    if not allowed:
        # Accepted first: only then does the page's script see the code.
        assert peer.sent == [
            {"type": "websocket.accept"},
            {"type": "websocket.close", "code": FORBIDDEN},
        ]


async def test_a_socket_without_an_origin_is_refused() -> None:
    inner = Inner()
    peer = Peer({"type": "websocket.connect"})

    await OriginCheck(inner)(scope("/ws/", "websocket"), peer.receive, peer.send)

    assert inner.scopes == []


def test_an_origin_said_twice_counts_as_none() -> None:
    headers = [(b"origin", b"http://localhost:8000"), (b"Origin", b"https://evil.example")]

    assert origin_of({"headers": headers}) == ""


async def test_a_socket_that_leaves_before_it_is_refused_is_left_alone() -> None:
    peer = Peer({"type": "websocket.disconnect"})

    await OriginCheck(Inner())(scope("/ws/", "websocket"), peer.receive, peer.send)

    assert peer.sent == []


async def test_servers_that_speak_lifespan_begin_and_end_the_runs(life: Life) -> None:
    peer = Peer({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})

    await application({"type": "lifespan"}, peer.receive, peer.send)

    assert peer.kinds == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert (life.started, life.drained) == (1, 1)


async def test_a_first_request_begins_the_runs_where_nobody_else_does(
    life: Life, pages: Inner
) -> None:
    await get("/")

    assert life.started == 1


def test_daphne_waits_for_the_runs_before_it_stops() -> None:
    """The reactor is told to stop; what `drain` does must have happened when it has."""
    code = """
import os, tempfile
os.environ.update(ENV_FILE="/dev/null", DATA_DIR=tempfile.mkdtemp(), LOG_LEVEL="ERROR")
from webchat.settings import STATIC_ROOT
STATIC_ROOT.mkdir()
import daphne.server
from webchat import asgi
from webchat.generation import runs
import asyncio
from twisted.internet import reactor
async def drain():
    await asyncio.sleep(0)
    print("drained", flush=True)
runs.drain = drain
asyncio.set_event_loop(reactor._asyncioEventloop)
reactor.callLater(0, reactor.stop)
reactor.run()
print("stopped")
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout.split() == ["drained", "stopped"], done.stderr


async def test_a_real_page_answers_through_the_door() -> None:
    peer = Peer({"type": "http.request", "body": b"", "more_body": False})
    blocked = asyncio.Event()

    async def receive() -> Message:
        if peer.incoming:
            return await peer.receive()
        await blocked.wait()
        raise AssertionError

    request = scope("/healthz", host=settings.ORIGINS[0].removeprefix("http://"))
    await application(request | {"query_string": b""}, receive, peer.send)

    assert peer.sent[0]["status"] == 200
    assert peer.sent[1]["body"] == b"ok\n"

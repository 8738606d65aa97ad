"""Perplexity Labs' client and emulator against python-socketio, which nobody here wrote."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import socketio
import uvicorn
from engineio.payload import Payload
from socketio.packet import Packet as SocketPacket

from providers import http, websocket
from providers.errors import Timeout, Unavailable
from providers.perplexity_labs import PerplexityLabs
from providers.response import FinishReason, Source, Sources
from tests.emulators.perplexity import PerplexityEmulator
from tests.providers.asking import HELLO, ask, ask_in_vain, text

pytestmark = pytest.mark.interop

WORDS = "One two three 😀 four."


class RealServer:
    """python-socketio under uvicorn, answering as Perplexity Labs does."""

    def __init__(self, **options: Any) -> None:
        self.base_url = ""
        self.asked: list[Any] = []
        self.auth: list[Any] = []
        self.cookies: list[str] = []
        self.transports: list[str] = []
        self.left = asyncio.Event()
        self.sockets = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*", **options)
        self.sockets.on("connect", self._connect)
        self.sockets.on("disconnect", self._disconnect)
        self.sockets.on("perplexity_labs", self._answer)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        if auth != {"jwt": "anonymous-ask-user"}:
            raise socketio.exceptions.ConnectionRefusedError("who are you?")
        self.auth.append(auth)

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        self.left.set()

    async def _answer(self, sid: str, data: Any) -> None:
        self.asked.append(data)
        self.transports.append(self.sockets.transport(sid))
        name = f"{data['model']}_query_progress"
        said = data["messages"][-1]["content"]
        if said == "disconnect":
            await self.sockets.emit(name, {"output": "so far", "final": False}, to=sid)
            await self.sockets.disconnect(sid)
            return
        if said == "silence":
            return
        for end in range(1, len(WORDS) + 1):
            await self.sockets.emit(name, {"output": WORDS[:end], "final": False}, to=sid)
        last = {"output": WORDS, "final": True, "citations": ["https://example.org/"]}
        await self.sockets.emit(name, last, to=sid)


async def serving(server: RealServer) -> AsyncIterator[RealServer]:
    """The server on a free port of loopback, in this loop."""
    config = uvicorn.Config(
        socketio.ASGIApp(server.sockets),
        port=0,
        log_level="critical",
        lifespan="off",
        ws="wsproto",
        timeout_graceful_shutdown=1,
    )
    program = uvicorn.Server(config)
    program.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(program.serve())
    try:
        async with asyncio.timeout(10):
            while not program.started:  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(0.01)
        port = program.servers[0].sockets[0].getsockname()[1]
        server.base_url = f"http://127.0.0.1:{port}"
        yield server
    finally:
        with suppress(Exception):
            await server.sockets.shutdown()
        program.should_exit = True
        await asyncio.wait([task], timeout=5)


@pytest.fixture
async def real() -> AsyncIterator[RealServer]:
    async for server in serving(RealServer()):
        yield server


@pytest.fixture
async def polling_only() -> AsyncIterator[RealServer]:
    async for server in serving(RealServer(transports=["polling"])):
        yield server


@pytest.fixture
async def restless() -> AsyncIterator[RealServer]:
    async for server in serving(RealServer(ping_interval=0.1, ping_timeout=1)):
        yield server


async def test_the_client_talks_to_a_real_server_by_websocket(real: RealServer) -> None:
    values = await ask(PerplexityLabs, real.base_url, "sonar")
    assert text(values) == WORDS
    assert values[-2:] == [Sources((Source("https://example.org/"),)), FinishReason("stop")]
    assert real.transports == ["websocket"]
    assert real.asked[0]["messages"] == list(HELLO)


async def test_the_client_talks_to_a_real_server_by_polling(polling_only: RealServer) -> None:
    values = await ask(PerplexityLabs, polling_only.base_url, "sonar")
    assert text(values) == WORDS
    assert polling_only.transports == ["polling"]
    await asyncio.wait_for(polling_only.left.wait(), 5)


async def test_a_real_server_s_heartbeat_is_answered(restless: RealServer) -> None:
    messages = [{"role": "user", "content": "silence"}]
    _, error = await ask_in_vain(PerplexityLabs, restless.base_url, "sonar", messages, timeout=1.5)
    assert isinstance(error, Timeout)  # ours; the server would have hung up on a silent client


async def test_a_real_server_s_disconnect_keeps_the_text(real: RealServer) -> None:
    messages = [{"role": "user", "content": "disconnect"}]
    values, error = await ask_in_vain(PerplexityLabs, real.base_url, "sonar", messages)
    assert text(values) == "so far"
    assert isinstance(error, Unavailable)
    assert not isinstance(error, Timeout)


async def test_a_real_server_hears_that_the_client_left(real: RealServer) -> None:
    answer = PerplexityLabs.create_async_generator("sonar", HELLO, base_url=real.base_url)
    assert await anext(answer)
    await answer.aclose()
    await asyncio.wait_for(real.left.wait(), 5)


async def test_python_s_parsers_read_what_the_emulator_sends() -> None:
    async with PerplexityEmulator("no-websocket", pace=0, wants_cookie=False) as emulator:
        opening = await _get(emulator, {})
        sid = opening[0].data["sid"]
        ask_frame = json.dumps(
            ["perplexity_labs", {"model": "sonar", "messages": [{"content": "Hi"}]}]
        )
        await _post(emulator, sid, '40{"jwt":"anonymous-ask-user"}')
        packets = await _get(emulator, {"sid": sid})
        await _post(emulator, sid, f"42{ask_frame}")
        final: Any = None
        while not (final and final["final"]):
            packets += await _get(emulator, {"sid": sid})
            final = _socket_packets(packets)[-1].data[1]
    assert opening[0].packet_type == 0
    assert set(opening[0].data) == {
        "sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload",
    }  # fmt: skip
    entered, *events = _socket_packets(packets)
    assert entered.packet_type == 0
    assert all(event.packet_type == 2 for event in events)
    assert events[-1].data[0] == "sonar_query_progress"


async def test_the_emulator_refuses_what_a_real_server_refuses() -> None:
    async with PerplexityEmulator(pace=0, wants_cookie=False) as emulator:
        for query in ("EIO=3&transport=polling", "EIO=4&transport=polling&sid=unknown"):
            async with http.request("GET", f"{emulator.base_url}/socket.io/?{query}") as response:
                assert response.status == 400
        sid = (await _get(emulator, {}))[0].data["sid"]
        first = asyncio.create_task(_get(emulator, {"sid": sid}))
        while not emulator.sessions[sid].polling:  # noqa: ASYNC110 (the poll has to be pending)
            await asyncio.sleep(0)
        async with http.request("GET", _address(emulator, {"sid": sid})) as response:
            assert response.status == 400
        assert [packet.packet_type for packet in await first] == [1]


async def test_the_emulator_lets_a_client_begin_by_websocket() -> None:
    async with PerplexityEmulator(pace=0, wants_cookie=False) as emulator:
        address = emulator.base_url.replace("http", "ws", 1)
        url = f"{address}/socket.io/?EIO=4&transport=websocket"
        async with websocket.connect(url) as socket:
            assert json.loads((await socket.receive(5))[1:])["upgrades"] == []
            await socket.send("40")
            assert (await socket.receive(5)).startswith("40{")


def _address(emulator: PerplexityEmulator, query: dict[str, str]) -> str:
    pairs = {"EIO": "4", "transport": "polling", **query}
    return f"{emulator.base_url}/socket.io/?" + "&".join(f"{k}={v}" for k, v in pairs.items())


async def _get(emulator: PerplexityEmulator, query: dict[str, str]) -> list[Any]:
    async with http.request("GET", _address(emulator, query)) as response:
        assert response.status == 200
        body = (await response.read()).decode()
    return list(Payload(encoded_payload=body).packets)


async def _post(emulator: PerplexityEmulator, sid: str, body: str) -> None:
    address = _address(emulator, {"sid": sid})
    async with http.request("POST", address, content=body.encode()) as response:
        assert (response.status, await response.read()) == (200, b"OK")


def _socket_packets(packets: list[Any]) -> list[SocketPacket]:
    return [SocketPacket(encoded_packet=packet.data) for packet in packets]

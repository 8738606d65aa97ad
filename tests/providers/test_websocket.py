"""Websockets to an upstream: opened, carried through proxies, ended without anything left."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from providers import websocket
from providers.errors import (
    AuthenticationFailed,
    ProviderError,
    RateLimited,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.timeouts import Timeouts
from tests.emulators.perplexity_socket import ServerSocket
from tests.emulators.proxies import Proxy
from tests.emulators.server import Exchange, Server, play_fault


class Echo(Server):
    """Answers every text by itself, or by what the text asks for."""

    async def handle(self, exchange: Exchange) -> None:
        if await play_fault(exchange, exchange.request.query.get("fault", "")):
            return
        if exchange.request.path == "/moved":
            there = self.base_url.replace("http", "ws", 1)
            await exchange.respond(302, headers={"Location": f"{there}/?fault="})
            return
        await self._talk(exchange)

    async def _talk(self, exchange: Exchange) -> None:
        socket = ServerSocket(exchange)
        await socket.accept()
        while (text := await socket.receive()) is not None:
            match text:
                case "binary":
                    await socket.send_binary(b"\x00")
                case "huge":
                    await socket.send("x" * (websocket.MAX_FRAME_BYTES + 1))
                case "large":
                    await socket.send("x" * websocket.MAX_FRAME_BYTES)
                case "cut":
                    socket.cut()
                case "close":
                    await socket.close()
                case "deaf":
                    await exchange.until_client_leaves()
                case "silence":
                    pass
                case _:
                    await socket.send(text)


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    async with Echo() as server:
        yield server


def address(echo: Echo, fault: str = "") -> str:
    return f"{echo.base_url.replace('http', 'ws', 1)}/?fault={fault}"


async def said_to(echo: Echo, text: str, within: float = 5.0) -> str:
    async with websocket.connect(address(echo)) as socket:
        await socket.send(text)
        return await socket.receive(within)


async def test_text_goes_there_and_back(echo: Echo) -> None:
    assert await said_to(echo, "héllo 😀") == "héllo 😀"


async def test_headers_go_with_the_opening_and_nothing_is_compressed(echo: Echo) -> None:
    headers = {"Origin": "https://example.org", "Cookie": "a=1; b=2"}
    async with websocket.connect(address(echo), headers=headers):
        pass
    sent = echo.requests[0].headers
    assert (sent["origin"], sent["cookie"]) == ("https://example.org", "a=1; b=2")
    assert "sec-websocket-extensions" not in sent
    assert "user-agent" not in sent


@pytest.mark.parametrize("scheme", ["http", "socks4", "socks5", "socks5h"])
async def test_a_proxy_is_used(echo: Echo, scheme: str) -> None:
    async with Proxy(scheme) as proxy:
        async with websocket.connect(address(echo), proxy=proxy.url) as socket:
            await socket.send("hello")
            assert await socket.receive(5) == "hello"
        assert proxy.asked == [f"127.0.0.1:{echo.port}"]


async def test_the_environment_s_proxy_is_not_used(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    assert await said_to(echo, "hello") == "hello"


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_is_not_there_is_unavailable(echo: Echo, scheme: str) -> None:
    with pytest.raises(Unavailable):
        async with websocket.connect(address(echo), proxy=f"{scheme}://127.0.0.1:1"):
            pass


@pytest.mark.parametrize("proxy", ["http://host:port", "ftp://127.0.0.1:1", "http://"])
async def test_a_proxy_that_cannot_be_read_is_a_clear_error(echo: Echo, proxy: str) -> None:
    with pytest.raises(RequestRejected) as caught:
        async with websocket.connect(address(echo), proxy=proxy):
            pass
    assert "proxy" in caught.value.message


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("cloudflare", Unavailable),
        ("403", AuthenticationFailed),
        ("429", RateLimited),
        ("500", Unavailable),
        ("html", UnexpectedResponse),
        ("redirect", RequestRejected),
        ("garbage", UnexpectedResponse),
        ("hangup", Unavailable),
        ("reset", Unavailable),
    ],
)
async def test_an_opening_that_fails_is_told_by_its_reason(
    echo: Echo, fault: str, kind: type[ProviderError]
) -> None:
    with pytest.raises(kind):
        async with websocket.connect(address(echo, fault)):
            pass


async def test_a_redirect_is_not_followed(echo: Echo) -> None:
    moved = f"{echo.base_url.replace('http', 'ws', 1)}/moved"
    with pytest.raises(RequestRejected):
        async with websocket.connect(moved):
            pass
    assert [request.path for request in echo.requests] == ["/moved"]


async def test_an_opening_that_stalls_is_given_up(echo: Echo) -> None:
    with pytest.raises(Timeout):
        async with websocket.connect(address(echo, "stall"), timeouts=Timeouts(connect=0.1)):
            pass


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ws://", "nonsense"])
async def test_an_address_that_is_no_websocket_s_is_rejected(url: str) -> None:
    with pytest.raises(RequestRejected):
        async with websocket.connect(url):
            pass


async def test_nobody_listening_is_unavailable() -> None:
    server = Echo()
    await server.start()
    there = address(server)
    await server.stop()
    with pytest.raises(Unavailable):
        async with websocket.connect(there):
            pass


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("binary", UnexpectedResponse),
        ("huge", UnexpectedResponse),
        ("cut", Unavailable),
        ("close", Unavailable),
    ],
)
async def test_what_is_no_text_is_an_error(
    echo: Echo, text: str, kind: type[ProviderError]
) -> None:
    with pytest.raises(kind):
        await said_to(echo, text)


async def test_a_frame_of_the_limit_is_read(echo: Echo) -> None:
    assert len(await said_to(echo, "large")) == websocket.MAX_FRAME_BYTES


async def test_silence_is_a_timeout_and_the_socket_still_works(echo: Echo) -> None:
    async with websocket.connect(address(echo)) as socket:
        await socket.send("silence")
        with pytest.raises(Timeout):
            await socket.receive(0.05)
        await socket.send("hello")
        assert await socket.receive(5) == "hello"


async def test_sending_to_one_who_has_gone_is_unavailable(echo: Echo) -> None:
    async with websocket.connect(address(echo)) as socket:
        await socket.send("close")
        with pytest.raises(Unavailable):
            await socket.receive(5)
        with pytest.raises(Unavailable):
            await socket.send("hello")


async def test_a_server_deaf_to_goodbye_is_cut_off(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "CLOSE_TIMEOUT", 0.1)
    async with asyncio.timeout(5):
        async with websocket.connect(address(echo)) as socket:
            await socket.send("deaf")


async def test_nothing_is_left_when_the_block_is_cancelled(echo: Echo) -> None:
    opened = asyncio.Event()

    async def wait_for_ever() -> None:
        async with websocket.connect(address(echo)) as socket:
            opened.set()
            await socket.receive(60)

    before = asyncio.all_tasks()
    task = asyncio.create_task(wait_for_ever())
    await opened.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await echo.requests[0].client_left.wait()
    left = [task for task in asyncio.all_tasks() - before if "websockets" in repr(task)]
    assert left == []


async def test_no_log_shows_what_was_said(echo: Echo, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="providers"):
        await said_to(echo, "a secret")
    assert "secret" not in caplog.text

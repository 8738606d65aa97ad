"""Every way to an upstream: directly, through each kind of proxy, with and without TLS."""

import asyncio
import ssl

import pytest

from providers.connection import Connection, Route
from providers.errors import Timeout, Unavailable
from providers.http1 import Question
from providers.timeouts import Timeouts
from tests.cluster.proxy import make_certificate
from tests.emulators.proxies import Proxy

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
QUESTION = Question("GET", b"/", [(b"Host", b"localhost")])


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """The server's and the client's side of TLS for localhost."""
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder / "certificate.pem", folder / "key.pem")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=folder / "certificate.pem")


@pytest.fixture
async def answering(tls):
    """Starts servers that answer every request with "hi"; gives their ports."""
    servers = []

    async def serve(reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    async def start(scheme):
        context = tls[0] if scheme == "https" else None
        servers.append(await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context))
        return servers[-1].sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()


async def ask(connection, question=QUESTION):
    head = await connection.ask(question, Timeouts(connect=5))
    return head.status, await connection.read()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("by", ["", "http", "https", "socks4a", "socks5", "socks5h"])
async def test_a_question_is_answered_by_every_way(answering, tls, scheme, by):
    port = await answering(scheme)
    async with Proxy(by, "me", "right", tls[0] if by == "https" else None) as proxy:
        address = proxy.url.replace("127.0.0.1", "localhost") if by else None
        connection = Connection(Route(scheme, "localhost", port, address), lambda: tls[1])
        question = QUESTION
        if by in ("http", "https") and scheme == "http":
            question = QUESTION._replace(target=b"http://localhost:%d/" % port)
        assert await ask(connection, question) == (200, b"hi")
        assert connection.finished
        assert await ask(connection, question) == (200, b"hi")
        assert proxy.asked == ([f"localhost:{port}"] if by else [])
        await connection.aclose()


async def test_a_certificate_nobody_vouches_for_is_refused(answering):
    port = await answering("https")
    connection = Connection(Route("https", "localhost", port), ssl.create_default_context)
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        await ask(connection)


@pytest.mark.parametrize("by", ["http", "socks5"])
async def test_a_proxy_that_refuses_is_named_without_its_password(answering, tls, by):
    port = await answering("https")
    async with Proxy(by, "me", "right") as proxy:
        address = proxy.url.replace("right", "hunter2")
        connection = Connection(Route("https", "localhost", port, address), lambda: tls[1])
        with pytest.raises(Unavailable, match="proxy") as caught:
            await ask(connection)
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_answer_that_nobody_asked_for_answers_nothing(tls, scheme):
    said, served = asyncio.Queue(), asyncio.Queue()

    async def twice(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for answer in (ANSWER, ANSWER.replace(b"hi", b"no")):
            writer.write(answer)
            await writer.drain()
        said.put_nowait(answer)
        await reader.read()
        writer.close()
        served.put_nowait(writer)

    context = tls[0] if scheme == "https" else None
    server = await asyncio.start_server(twice, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    connection = Connection(Route(scheme, "localhost", port), lambda: tls[1])
    async with asyncio.timeout(10):
        for _ in range(3):
            assert await ask(connection) == (200, b"hi")
            await said.get()
            if not connection.finished:
                await connection.aclose()
        await connection.aclose()
        for _ in range(3):
            await served.get()
    server.close()


async def test_a_connection_that_was_left_is_made_anew(tls):
    made = []

    async def once(reader, writer):
        made.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        connection = Connection(Route("http", "127.0.0.1", port), lambda: tls[1])
        for count in (1, 2):
            assert await ask(connection) == (200, b"hi")
            await made[-1].wait_closed()
            assert len(made) == count
        await connection.aclose()


async def test_who_never_shakes_hands_is_not_waited_for_and_let_go(tls):
    gone = asyncio.Event()

    async def silent(reader, writer):
        await reader.read()
        gone.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        connection = Connection(Route("https", "localhost", port), lambda: tls[1])
        with pytest.raises(Timeout):
            await connection.ask(QUESTION, Timeouts(connect=0.1))
        await asyncio.wait_for(gone.wait(), 2)

"""The shipped nginx configuration, in a real nginx with TLS."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.cluster.installation import Installation
from tests.cluster.intervals import PINGED_SECONDS, SOAK
from tests.cluster.pages import Door, opened
from tests.cluster.proxy import Nginx
from tests.cluster.telling import is_whole, tell
from tests.cluster.upstream import Upstream
from tests.e2e.product import COOKIE


@pytest.fixture
def visitor(cluster: Installation) -> Iterator[httpx.Client]:
    door = cluster.front_door
    assert door.trusted is not None
    with httpx.Client(
        base_url=cluster.origin,
        verify=door.trusted,
        cookies={COOKIE: door.session},
        trust_env=False,
    ) as client:
        yield client


def test_the_first_page_comes_over_tls_and_says_so(visitor: httpx.Client) -> None:
    answer = visitor.get("/")

    assert answer.status_code == 200
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert "nginx/" not in answer.headers["Server"]


def test_plain_http_is_sent_to_https(cluster: Installation) -> None:
    assert cluster.nginx is not None
    answer = httpx.get(f"http://localhost:{cluster.nginx.plain_port}/c/?a=b", trust_env=False)

    assert (answer.status_code, answer.headers["Location"]) == (301, f"{cluster.origin}/c/?a=b")


def test_a_prefix_that_the_client_made_up_changes_no_address(visitor: httpx.Client) -> None:
    page = visitor.get(
        "/", headers={"Daphne-Root-Path": "/evil", "X-Forwarded-Host": "evil.example"}
    )

    assert page.status_code == 200
    assert "evil" not in page.text


def test_static_files_are_kept_for_ever(visitor: httpx.Client) -> None:
    address = re.findall(r'href="(/static/[^"]+\.css)"', visitor.get("/").text)[0]

    assert "immutable" in visitor.get(address).headers["Cache-Control"]


def test_a_body_has_its_limit(visitor: httpx.Client) -> None:
    assert visitor.post("/preferences/", content=b"x" * 3 * 1024**2).status_code == 413
    assert visitor.post("/send/", content=b"x" * 3 * 1024**2).status_code == 403  # has no token


@asynccontextmanager
async def impatient(cluster: Installation, folder: Path, seconds: int) -> AsyncIterator[Door]:
    """A proxy that cuts sockets on which nothing came from the server for so long."""
    changes = {"proxy_read_timeout 75s;": f"proxy_read_timeout {seconds}s;"}
    nginx = Nginx(folder, cluster.addresses, cluster.data, changes=changes)
    nginx.start()
    trusted = ssl.create_default_context(cafile=nginx.certificate)
    try:
        address = f"wss://localhost:{nginx.port}/ws/"
        yield Door(address, cluster.origin, cluster.session, trusted)
    finally:
        await asyncio.to_thread(nginx.stop)


async def test_a_proxy_that_cuts_silent_sockets_loses_nothing(
    cluster: Installation, upstream: Upstream, tmp_path: Path
) -> None:
    async with impatient(cluster, tmp_path, 1) as door, opened(door) as page:
        asked = await page.say("Count.", *cluster.told)
        telling = await upstream.asked()
        await tell(telling, range(5))
        assert await page.close_code() == 1006  # after a second of silence
        await tell(telling, range(5, 10))
        await page.come_back()
        await page.until(lambda: "word9" in asked.words)
        await telling.end()
        assert await page.until_settled(asked) == "complete"
    assert is_whole(asked, telling)


async def test_a_silent_socket_outlives_the_patience_of_a_proxy(
    cluster: Installation, upstream: Upstream, tmp_path: Path
) -> None:
    """The server's own pings keep it alive; SOAK=1 tries the 60 seconds that many proxies have."""
    patience, silence = (60, 130) if SOAK else (PINGED_SECONDS + 1, 2 * PINGED_SECONDS + 2)
    async with impatient(cluster, tmp_path, patience) as door, opened(door) as page:
        asked = await page.say("Count.", *cluster.told)
        telling = await upstream.asked()
        await tell(telling, range(5))
        await page.until(lambda: "word4" in asked.words)
        with pytest.raises(TimeoutError):
            await page.close_code(silence)
        await tell(telling, range(5, 10))
        await telling.end()
        assert await page.until_done(asked) == "complete"
    assert is_whole(asked, telling)


# --- How much one address may ask for ---

STRICT = {
    "rate=50r/s": "rate=1r/m",
    "rate=100r/s": "rate=1r/m",
    "burst=300 nodelay": "burst=5 nodelay",
    "burst=1000 nodelay": "burst=5 nodelay",
    "limit_conn webchat_sockets 1000;": "limit_conn webchat_sockets 2;",
}


@pytest.fixture(params=["", "/chat"], ids=["at the root", "under a path"])
def strict(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nginx]:
    """Nobody is behind it; it counts before it passes on."""
    static = tmp_path / "data" / "static" / "current"
    (static / "errors").mkdir(parents=True)
    (static / "here.css").write_text("a {}")
    for status in (429, 502, 504):
        (static / "errors" / f"{status}.html").write_text(str(status))
    behind = ["127.0.0.1:1"]
    nginx = Nginx(tmp_path, behind, tmp_path / "data", base_path=str(request.param), changes=STRICT)
    nginx.start()
    yield nginx
    nginx.stop()


def statuses(nginx: Nginx, path: str, count: int = 20) -> list[int]:
    trusted = ssl.create_default_context(cafile=nginx.certificate)
    address = f"{nginx.origin}{nginx.base_path}{path}"
    with httpx.Client(verify=trusted, trust_env=False) as visitor:
        return [visitor.get(address).status_code for _ in range(count)]


@pytest.mark.parametrize(
    "path", ["/", "/ws/", "/c/ws/", "/static/nowhere.css", "/c/static/x", "/accounts/login/static/"]
)
def test_no_name_at_the_end_of_a_path_leads_round_the_limit(strict: Nginx, path: str) -> None:
    found = statuses(strict, path)

    assert found[:3] == [502] * 3
    assert found[-3:] == [429] * 3


def test_files_that_nginx_has_are_not_counted(strict: Nginx) -> None:
    assert set(statuses(strict, "/static/here.css", 50)) == {200}
    assert statuses(strict, "/", 1) == [502]


def test_one_address_has_so_many_sockets(strict: Nginx, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        strict.stop()
        strict.behind = [f"127.0.0.1:{silent.getsockname()[1]}"]
        strict.start()
        trusted = ssl.create_default_context(cafile=strict.certificate)
        with ExitStack() as held:
            pages = []
            for _ in range(3):
                plain = socket.create_connection(("127.0.0.1", strict.port), timeout=5)
                page = held.enter_context(trusted.wrap_socket(plain, server_hostname="localhost"))
                page.sendall(
                    f"GET {strict.base_path}/ws/ HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
                )
                pages.append(page)
            assert pages[2].recv(12) == b"HTTP/1.1 429"

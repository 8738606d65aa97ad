"""Requests to upstreams: leased clients, deadlines, limits, proxies, and errors that say why."""

import asyncio
import gzip
import os
from email.utils import formatdate
from pathlib import Path
from time import time

import pytest

from providers import http
from providers.errors import (
    AuthenticationFailed,
    ContentBlocked,
    ContextTooLong,
    ModelNotFound,
    RateLimited,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.statuses import error_for_status, show_upstream_bodies
from providers.timeouts import Timeouts
from tests.emulators.proxies import Proxy
from tests.emulators.server import CLOUDFLARE_PAGE, Exchange, Server


class Upstream(Server):
    """Does what the path says."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = asyncio.Event()

    async def handle(self, exchange: Exchange) -> None:
        path = exchange.request.path
        if path == "/silent":
            self.silent.set()
            await exchange.until_client_leaves()
        elif path == "/stops":
            await exchange.begin()
            await exchange.send("one")
            await exchange.until_client_leaves()
        elif path == "/drips":
            await exchange.begin()
            while True:
                await exchange.send("drop")
                await asyncio.sleep(0.02)
        elif path == "/bomb":
            bomb = gzip.compress(bytes(5_000_000))
            await exchange.respond(200, bomb, {"Content-Encoding": "gzip"})
        elif path == "/not-gzip":
            await exchange.respond(200, b"plain", {"Content-Encoding": "gzip"})
        elif path == "/status":
            await exchange.respond(403, {"error": {"message": "no"}})
        elif path == "/cut":
            await exchange.begin()
            await exchange.send("half")
            exchange.cut()
        else:
            cookies = {"Set-Cookie": "session=abc; Path=/"}
            await exchange.respond(200, {"path": path}, cookies)


@pytest.fixture
async def upstream():
    async with Upstream() as running:
        yield running


def open_files():
    return len(list(Path(f"/proc/{os.getpid()}/fd").iterdir()))


async def get(upstream, path, **more):
    async with http.request("GET", upstream.base_url + path, **more) as response:
        await http.raise_for_status(response)
        return await response.json()


async def test_an_answer_has_status_headers_in_any_case_cookies_and_a_body(upstream):
    async with http.request("POST", upstream.base_url + "/a", json={"ü": "\ud800"}) as response:
        assert response.status == 200
        assert response.headers["CONTENT-type"] == "application/json"
        assert response.cookies == {"session": "abc"}
        assert await response.json() == {"path": "/a"}
    [request] = upstream.requests
    assert request.body == b'{"\\u00fc": "\\ud800"}'
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"] == "webchat"


async def test_the_callers_headers_win_whatever_their_case(upstream):
    headers = {"Content-Type": "text/plain", "USER-AGENT": "x", "websim-flags": ""}
    async with http.request("POST", upstream.base_url, json={}, headers=headers) as response:
        await response.read()
    sent = upstream.requests[0].headers
    assert (sent["content-type"], sent["user-agent"], sent["websim-flags"]) == (
        "text/plain",
        "x",
        "",
    )


async def test_a_connection_serves_again_but_no_cookie_is_remembered(upstream):
    for _ in range(3):
        await get(upstream, "/a")
    assert upstream.connections == 1
    assert not any("cookie" in request.headers for request in upstream.requests)


async def test_requests_at_the_same_time_have_a_client_each(upstream):
    found = await asyncio.gather(*(get(upstream, f"/{number}") for number in range(20)))
    assert [answer["path"] for answer in found] == [f"/{number}" for number in range(20)]


async def test_leaving_early_closes_the_connection(upstream):
    async with http.request("GET", upstream.base_url + "/stops") as response:
        async for chunk in response.chunks():
            assert chunk == b"one"
            break
    await asyncio.wait_for(upstream.requests[0].client_left.wait(), 2)
    assert await get(upstream, "/a") == {"path": "/a"}


async def test_a_cancel_before_the_answer_closes_the_connection(upstream):
    task = asyncio.ensure_future(get(upstream, "/silent"))
    await upstream.silent.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(upstream.requests[0].client_left.wait(), 2)


async def test_hundreds_of_early_cancels_leave_nothing_behind(upstream):
    await get(upstream, "/a")
    before = open_files()
    for turn in range(150):
        task = asyncio.ensure_future(get(upstream, "/silent"))
        await asyncio.sleep(0.0005 * (turn % 4))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await get(upstream, "/a") == {"path": "/a"}
    for _ in range(200):
        if open_files() <= before + 4:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("descriptors are left open")


def test_idle_connections_are_closed_with_their_event_loop():
    async def main():
        async with Upstream() as upstream:
            await get(upstream, "/a")
            assert http._CONNECTIONS._lists[asyncio.get_running_loop()].idle

    before = len(http._CONNECTIONS._lists)
    asyncio.run(main())
    assert len(http._CONNECTIONS._lists) == before


@pytest.mark.parametrize(
    ("path", "timeouts", "detail"),
    [
        ("/silent", Timeouts(read=0.1), "did not begin"),
        ("/silent", Timeouts(first_byte=0.1), "did not begin"),
        ("/stops", Timeouts(read=0.1, first_byte=5), "stopped coming"),
        ("/drips", Timeouts(total=0.2), "stopped coming"),
        ("/silent", Timeouts(total=0.1), "did not begin"),
    ],
)
async def test_each_deadline_ends_in_a_timeout_and_a_closed_connection(
    upstream, path, timeouts, detail
):
    with pytest.raises(Timeout, match=detail):
        await get(upstream, path, timeout=timeouts)
    await asyncio.wait_for(upstream.requests[0].client_left.wait(), 2)


@pytest.mark.parametrize(("path", "limit"), [("/drips", 100), ("/bomb", 1_000_000)])
async def test_a_body_over_its_limit_is_an_error(upstream, path, limit):
    with pytest.raises(UnexpectedResponse, match="far more"):
        async with http.request("GET", upstream.base_url + path) as response:
            await response.read(limit)


async def test_what_breaks_on_the_way_is_named(upstream):
    with pytest.raises(Unavailable, match="broke the connection off"):
        await get(upstream, "/cut")
    with pytest.raises(UnexpectedResponse, match="DecodingError"):
        await get(upstream, "/not-gzip")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await get(upstream, "/x", proxy="http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="proxy"):
        await get(upstream, "/x", proxy="socks5://127.0.0.1:1")


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("ftp://127.0.0.1/", {}),
        ("http://127.0.0.1:99999999/", {}),
        ("http://[::1", {}),
        ("http://127.0.0.1/", {"x-key": "секрет"}),
        ("http://127.0.0.1:{port}/", {"x": "hunter2\r\nx: y"}),
        ("http://127.0.0.1:{port}/", {"a b": "hunter2"}),
    ],
)
async def test_a_request_that_cannot_be_sent_is_rejected_without_showing_it(upstream, url, headers):
    with pytest.raises(RequestRejected) as caught:
        async with http.request("GET", url.replace("{port}", str(upstream.port)), headers=headers):
            pass
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "секрет" not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_proxies_of_the_environment_are_not_used(upstream, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await get(upstream, "/a") == {"path": "/a"}


@pytest.mark.parametrize("scheme", ["http", "socks4", "socks4a", "socks5", "socks5h"])
async def test_every_kind_of_proxy_carries_a_request(upstream, scheme):
    async with Proxy(scheme) as proxy:
        assert await get(upstream, "/a", proxy=proxy.url) == {"path": "/a"}
        assert proxy.asked == [f"127.0.0.1:{upstream.port}"]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_is_told_user_and_password(upstream, scheme):
    async with Proxy(scheme, "me", "right") as proxy:
        assert await get(upstream, "/a", proxy=proxy.url) == {"path": "/a"}
        wrong = proxy.url.replace("right", "hunter2")
        with pytest.raises((Unavailable, AuthenticationFailed)) as caught:
            await get(upstream, "/a", proxy=wrong)
        assert "proxy" in caught.value.message
        assert "hunter2" not in str(caught.value)


async def test_a_name_is_resolved_by_the_socks_proxy(upstream):
    async with Proxy("socks5h") as proxy:
        url = f"http://localhost:{upstream.port}/a"
        async with http.request("GET", url, proxy=proxy.url) as response:
            await response.read()
        assert proxy.asked == [f"localhost:{upstream.port}"]


async def test_a_status_becomes_its_error(upstream):
    with pytest.raises(AuthenticationFailed, match="status 403, application/json"):
        await get(upstream, "/status")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, "", AuthenticationFailed),
        (403, "{}", AuthenticationFailed),
        (403, CLOUDFLARE_PAGE, Unavailable),
        (402, "", RequestRejected),
        (404, "<html>", RequestRejected),
        (404, '{"error": {"message": "model \\"x\\" not found"}}', ModelNotFound),
        (404, '{"error": {"message": "Which model?"}}', ModelNotFound),
        (404, '{"detail": "Not Found"}', RequestRejected),
        (400, '{"error": {"message": "x is not a valid model ID"}}', ModelNotFound),
        (400, '{"error": {"code": "context_length_exceeded"}}', ContextTooLong),
        (400, '{"error": {"type": "exceed_context_size_error"}}', ContextTooLong),
        (400, '[{"error": {"message": "prompt is too long"}}]', ContextTooLong),
        (413, "", ContextTooLong),
        (400, '[{"error": {"message": "API key not valid."}}]', AuthenticationFailed),
        (400, '{"error": {"code": "content_filter"}}', ContentBlocked),
        (403, '{"error": {"metadata": {"reasons": ["flagged"]}}}', ContentBlocked),
        (429, "", RateLimited),
        (429, '{"error": {"code": "insufficient_quota"}}', RequestRejected),
        (422, '{"detail": [{"msg": "x"}]}', RequestRejected),
        (400, "[" * 100_000, RequestRejected),
        (301, "", RequestRejected),
        (407, "", Unavailable),
        (408, "", Timeout),
        (500, '{"error": "x"}', Unavailable),
        (503, CLOUDFLARE_PAGE, Unavailable),
        (504, "", Timeout),
        (524, "", Timeout),
        (599, "", Unavailable),
    ],
)
def test_the_table_of_statuses(status, body, kind):
    assert type(error_for_status(status, {}, body.encode())) is kind


def test_retry_after_is_read_as_seconds_and_as_a_date():
    def wait(value):
        return error_for_status(429, {"Retry-After": value}, b"").retry_after

    assert wait("7") == 7
    assert wait("") is None
    assert wait("soon") is None
    assert 50 < wait(formatdate(time() + 60, usegmt=True)) <= 60
    assert wait(formatdate(time() - 60, usegmt=True)) == 0


def test_an_upstreams_words_are_shown_only_on_request_and_without_keys():
    body = b'{"error": {"message": "Incorrect API key provided: sk-abc***def of your essay"}}'
    assert "essay" not in str(error_for_status(401, {}, body))
    show_upstream_bodies(True)
    try:
        shown = str(error_for_status(401, {}, body))
    finally:
        show_upstream_bodies(False)
    assert "essay" in shown
    assert "sk-abc" not in shown

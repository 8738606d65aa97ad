"""Around every request: its id, its line in the log, its figure, and headers on all that answers."""

import logging
from typing import Any

import pytest
from django.test.utils import override_settings

from webchat.access import Access
from webchat.logs.context import bind_user
from webchat.metrics.instruments import registry

Message = dict[str, Any]


async def receive() -> Message:
    return {"type": "websocket.connect"}


def scope(
    kind: str = "http", path: str = "/", client: str = "127.0.0.1", **headers: str
) -> Message:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    peer = [client, 5] if client else None
    return {"type": kind, "path": path, "method": "GET", "headers": pairs, "client": peer}


async def answer(scope: Message, receive: Any, send: Any) -> None:
    """An application that answers with nothing but a status."""
    bind_user(7)
    await send({"type": "http.response.start", "status": 404, "headers": [(b"a", b"b")]})
    await send({"type": "http.response.body", "body": b"gone", "more_body": True})
    await send({"type": "http.response.body"})


async def headers_of(**headers: str) -> dict[str, str]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await Access(answer)(scope(**headers), receive, send)
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


async def test_what_is_answered_without_headers_gets_the_strict_ones() -> None:
    headers = await headers_of()

    assert headers["a"] == "b"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


@override_settings(TRUSTED_PROXIES=1, SECURE_HSTS_SECONDS=60)
async def test_over_https_browsers_are_told_to_stay_there() -> None:
    assert (await headers_of(x_forwarded_proto="https"))["strict-transport-security"]
    assert "strict-transport-security" not in await headers_of(x_forwarded_proto="http")


async def test_headers_that_are_there_stay_as_they_are() -> None:
    async def strict(scope: Message, receive: Any, send: Any) -> None:
        given = [(b"Content-Security-Policy", b"sandbox"), (b"X-Frame-Options", b"SAMEORIGIN")]
        await send({"type": "http.response.start", "status": 200, "headers": given})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await Access(strict)(scope(), receive, send)

    names = [name.lower() for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names))
    assert (b"Content-Security-Policy", b"sandbox") in sent[0]["headers"]


@pytest.mark.parametrize(
    ("proxies", "given", "taken"),
    [
        (1, "0a1b2c3d4e5f", True),
        (0, "0a1b2c3d4e5f", False),
        (1, "short", False),
        (1, "x" * 65, False),
        (1, "has a space in it", False),
        (1, "evil\r\nline", False),
    ],
)
async def test_only_a_trusted_proxy_names_a_request(proxies: int, given: str, taken: bool) -> None:
    with override_settings(TRUSTED_PROXIES=proxies):
        headers = await headers_of(x_request_id=given)

    assert (headers["x-request-id"] == given) is taken
    assert len(headers["x-request-id"]) >= 8


async def test_every_request_has_an_id_of_its_own() -> None:
    assert (await headers_of())["x-request-id"] != (await headers_of())["x-request-id"]


async def test_a_line_tells_who_asked_for_what_and_how_it_went(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "webchat.access"):
        await headers_of(path="/nowhere/")

    [line] = caplog.records
    assert line.getMessage().startswith("127.0.0.1 GET /nowhere/ -> 404, 4 bytes, ")
    assert vars(line)["user"] == 7
    assert vars(line)["status"] == 404


async def test_a_socket_has_a_line_when_it_opens_and_one_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def accept(scope: Message, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})

    async def refuse(scope: Message, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})

    async def send(message: Message) -> None: ...

    with caplog.at_level(logging.INFO, "webchat.access"):
        for application in (accept, refuse):
            await Access(application)(scope("websocket", "/ws/"), receive, send)

    assert [record.getMessage().split()[-1] for record in caplog.records] == [
        "connected",
        "disconnected",
        "rejected",
    ]


async def test_requests_are_counted_by_method_and_status() -> None:
    labels = {"method": "GET", "status": "404"}
    before = registry.get_sample_value("webchat_request_seconds_count", labels) or 0

    await headers_of()

    assert registry.get_sample_value("webchat_request_seconds_count", labels) == before + 1

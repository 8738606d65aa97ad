"""The inside of the front door: says what arrives of a request, to whoever has our own word.

A request with the header `Webchat-Probe` is answered here whatever its path, so that the doctor
can ask through every location of a proxy. The header's value is signed with SECRET_KEY and good
for two minutes; without it, a request is one like any other.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.core import signing

from webchat.release import RELEASE

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

HEADER = "Webchat-Probe"
SECONDS = 120  # an examination takes less
PICTURE = re.compile(rb"picture=([0-9a-f]{2}/[0-9a-f]{32})")
PIECES, PIECE_SECONDS = 5, 0.2
"""What a response in pieces is made of."""
TOLD = (
    "cookie", "host", "origin", "x-forwarded-for", "x-forwarded-proto",
)  # fmt: skip

_signer = signing.TimestampSigner(salt="webchat.doctor")


def word() -> str:
    """A value of the header that is good for two minutes."""
    return _signer.sign("probe")


def is_probe(scope: Scope) -> bool:
    """Whether a request or socket comes from the doctor."""
    if scope["type"] not in ("http", "websocket"):
        return False
    name = HEADER.lower().encode()
    given = [value for key, value in scope["headers"] if key == name]
    return len(given) == 1 and _is_ours(given[0].decode("latin-1"))


def _is_ours(value: str) -> bool:
    try:
        _signer.unsign(value, max_age=SECONDS)
    except signing.BadSignature:
        return False
    return True


async def answer_probe(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell what arrived: as JSON, in pieces (`?pieces`), or on a socket that stays open."""
    if scope["type"] == "websocket":
        await _hold(scope, receive, send)
    elif scope["query_string"] == b"pieces":
        await _tell_in_pieces(send)
    elif picture := PICTURE.fullmatch(scope["query_string"]):
        await _send_picture(picture[1], send)
    else:
        await _tell(scope, receive, send)


def _arrived(scope: Scope) -> dict[str, Any]:
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        if (known := name.decode("latin-1")) in TOLD:
            headers.setdefault(known, []).append(value.decode("latin-1"))
    headers["cookie"] = ["there"] if headers.get("cookie") else []
    return {
        "probe": RELEASE,
        "type": scope["type"],
        "http_version": scope.get("http_version", ""),
        "path": scope["path"],
        "root_path": scope.get("root_path", ""),
        "headers": {name: ", ".join(values) for name, values in headers.items() if values},
    }


async def _tell(scope: Scope, receive: Receive, send: Send) -> None:
    body = json.dumps(_arrived(scope)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": _headers(len(body))})
    await send({"type": "http.response.body", "body": body})


def _headers(length: int | None = None) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    ]
    return headers + ([(b"content-length", str(length).encode())] if length is not None else [])


async def _tell_in_pieces(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _headers()})
    for _ in range(PIECES):
        await send({"type": "http.response.body", "body": b"piece\n", "more_body": True})
        await asyncio.sleep(PIECE_SECONDS)
    await send({"type": "http.response.body", "body": b""})


async def _send_picture(place: bytes, send: Send) -> None:
    """As the site sends pictures where MEDIA_BY_NGINX is set: the proxy puts the file in."""
    location = f"{settings.BASE_PATH}{settings.MEDIA_LOCATION}".encode() + place
    headers = [*_headers(), (b"x-accel-redirect", location)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _hold(scope: Scope, receive: Receive, send: Send) -> None:
    """Say once what arrived and whether its origin is one of ours; then be silent."""
    await receive()
    await send({"type": "websocket.accept"})
    arrived = _arrived(scope)
    arrived["welcome"] = arrived["headers"].get("origin", "").lower() in settings.ORIGINS
    await send({"type": "websocket.send", "text": json.dumps(arrived)})
    try:
        async with asyncio.timeout(SECONDS):
            while (await receive())["type"] != "websocket.disconnect":
                pass
    except TimeoutError:
        await send({"type": "websocket.close", "code": 1000})

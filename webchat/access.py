"""Around every request and socket, whoever answers it: an id, a line in the log, a figure.

And the headers that no response goes without: what Django answers has them from its middleware,
what is answered before it comes so far has them from here.
"""

import logging
import re
import secrets
import time
from typing import Any

from django.conf import settings

from webchat.logs.client import client_address
from webchat.logs.context import begin_request
from webchat.logs.paths import without_secrets
from webchat.metrics.instruments import REQUESTS
from webchat.routing import Application, Receive, Scope, Send
from webchat.settings.policy import BARE_HEADERS

log = logging.getLogger(__name__)

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{8,64}")


class Access:
    """ASGI middleware that accompanies each request and socket to its end."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, send)
        found = begin_request(exchange.id)
        try:
            await self._application(scope, receive, exchange.send)
        finally:
            exchange.end(found)


class Exchange:
    """One request with its response, or one socket."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._began = time.perf_counter()
        self._is_socket = scope["type"] == "websocket"
        peer = scope.get("client") or ("",)
        self._client = client_address(forwarded(scope, b"x-forwarded-for"), str(peer[0]))
        self._path = without_secrets(scope["path"])
        self._accepted = False
        self._status = 0
        self._size = 0
        self.id = request_id(scope)

    async def send(self, message: dict[str, Any]) -> None:
        """Pass on what the application says, and take note of it."""
        match message["type"]:
            case "http.response.start":
                self._status = message["status"]
                message = message | {"headers": self._complete(message.get("headers", []))}
            case "http.response.body":
                self._size += len(message.get("body", b""))
            case "websocket.accept":
                self._accepted = True
                self._tell_socket("connected", {})
        await self._send(message)

    def end(self, found: dict[str, Any]) -> None:
        """It is over; `found` is what was found out about it meanwhile."""
        if self._is_socket:
            self._tell_socket("disconnected" if self._accepted else "rejected", found)
            return
        seconds = time.perf_counter() - self._began
        method = self._scope["method"]
        status = str(self._status or "left")  # the client did, before there was an answer
        REQUESTS.labels(method if method in METHODS else "other", status).observe(seconds)
        line = "%s %s %s -> %s, %d bytes, %.0f ms"
        values = (self._client, method, self._path, status, self._size, seconds * 1000)
        fields = {
            "method": method,
            "status": self._status,
            "bytes": self._size,
            "milliseconds": round(seconds * 1000, 1),
        }
        log.info(line, *values, extra=self._fields() | fields | found)

    def _tell_socket(self, what: str, found: dict[str, Any]) -> None:
        log.info("%s socket %s %s", self._client, self._path, what, extra=self._fields() | found)

    def _fields(self) -> dict[str, Any]:
        return {"client": self._client, "path": self._path}

    def _complete(self, headers: Any) -> list[tuple[bytes, bytes]]:
        given = [(bytes(name), bytes(value)) for name, value in headers]
        names = {name.lower() for name, _ in given}
        missing = [pair for pair in self._bare_headers() if pair[0] not in names]
        return [*given, *missing, (b"x-request-id", self.id.encode())]

    def _bare_headers(self) -> list[tuple[bytes, bytes]]:
        https = forwarded(self._scope, b"x-forwarded-proto") == "https"
        if not (https and settings.SECURE_HSTS_SECONDS):
            return BARE_HEADERS
        age = f"max-age={settings.SECURE_HSTS_SECONDS}"
        return [*BARE_HEADERS, (b"strict-transport-security", age.encode())]


def forwarded(scope: Scope, name: bytes) -> str:
    """What the proxies say in a header; empty where none is trusted."""
    if not settings.TRUSTED_PROXIES:
        return ""
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def request_id(scope: Scope) -> str:
    """The proxy's, so that its log and ours tell of the same; else one of our own."""
    given = forwarded(scope, b"x-request-id")
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)

"""Who gets a websocket, and what answers on it."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

SOCKET_PATH = "/ws/"
FORBIDDEN = 4403


def origin_of(scope: Scope) -> str:
    """What the browser says it comes from; empty where it says nothing, or says it twice."""
    given = [value for name, value in scope["headers"] if name.lower() == b"origin"]
    return given[0].decode("latin-1") if len(given) == 1 else ""


class OriginCheck:
    """Lets through sockets of the site's own pages: scheme, host and port, as in ORIGINS.

    Others are accepted and closed at once with a code of our own, because a browser tells its
    page nothing about a socket that was refused before.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if origin_of(scope).lower() in settings.ORIGINS:
            await self.application(scope, receive, send)
        else:
            await refuse(receive, send, FORBIDDEN)


async def refuse(receive: Receive, send: Send, code: int) -> None:
    """Accept a socket and close it with `code`."""
    message = await receive()
    if message["type"] == "websocket.connect":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": code})


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what is none of ours: a path outside BASE_PATH, or another socket."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    home = f"{settings.BASE_PATH}/"
    body = f"Nothing is here. The site begins at {home}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    forgot_slash = scope["path"] == settings.BASE_PATH
    if forgot_slash:
        headers.append((b"location", home.encode()))
    status = 308 if forgot_slash else 404
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""The ASGI application: pages, the socket, and what happens when the server starts and stops."""

import asyncio
import os
import sys
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webchat.settings")
django_application: Any = get_asgi_application()  # sets Django up, which the imports below need

from django.conf import settings  # noqa: E402

from webchat import sockets  # noqa: E402
from webchat.access import Access  # noqa: E402
from webchat.consumers import ChatConsumer  # noqa: E402
from webchat.doctor.probe import answer_probe, is_probe  # noqa: E402
from webchat.generation import runs  # noqa: E402
from webchat.routing import (  # noqa: E402
    SOCKET_PATH,
    OriginCheck,
    Receive,
    Scope,
    Send,
    elsewhere,
)

ROOT_PATH_HEADER = b"daphne-root-path"
socket_application: Any = OriginCheck(ChatConsumer.as_asgi())
_draining: asyncio.Task[None] | None = None


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request, one socket, or the server's own start and stop."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    runs.start()
    if is_probe(scope):
        await answer_probe(scope, receive, send)
    else:
        await _answer(under_base_path(scope), receive, send)


async def _dispatch(scope: Scope, receive: Receive, send: Send) -> None:
    inside = scope["path"].startswith(f"{settings.BASE_PATH}/")
    if scope["type"] == "http" and inside:
        await django_application(scope, receive, send)
    elif scope["type"] == "websocket" and scope["path"] == settings.BASE_PATH + SOCKET_PATH:
        await socket_application(scope, receive, send)
    else:
        await elsewhere(scope, receive, send)


_answer = Access(_dispatch)


def under_base_path(scope: Scope) -> Scope:
    """The scope with the prefix of the settings, whatever the request itself says about it.

    daphne believes a `Daphne-Root-Path` header, which any client may send.
    """
    headers = [(name, value) for name, value in scope["headers"] if name != ROOT_PATH_HEADER]
    return scope | {"root_path": settings.BASE_PATH, "headers": headers}


async def lifespan(receive: Receive, send: Send) -> None:
    """The start and stop of servers that tell them (ASGI lifespan protocol 2.0)."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            runs.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await drain()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def drain() -> None:
    """End and save all answers, then tell the pages to come back; once, whoever asks."""
    global _draining
    if _draining is None:
        _draining = asyncio.create_task(_drain(), name="drain")
    await asyncio.shield(_draining)


async def _drain() -> None:
    try:
        await runs.drain()
    finally:
        await sockets.close_all()


def drain_before_shutdown() -> None:
    """daphne does not speak lifespan; its reactor waits for a Deferred before it stops."""
    from twisted.internet import defer  # noqa: PLC0415  (both install a reactor)
    from twisted.internet import reactor as found  # noqa: PLC0415

    reactor: Any = found  # a module by its type, an object of many classes in truth
    reactor.addSystemEventTrigger(
        "before",
        "shutdown",
        lambda: defer.Deferred.fromFuture(asyncio.ensure_future(drain())),
    )


if "twisted.internet.reactor" in sys.modules:
    drain_before_shutdown()

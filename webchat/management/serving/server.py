"""daphne, in this process."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from webchat.management.serving.reactor import reactor  # before daphne, which brings its own

# isort: split

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from django.conf import settings
from twisted.internet import defer

from webchat.management.serving.address import socket_path
from webchat.management.serving.clock import use_monotonic_clock
from webchat.management.serving.websocket import BalancedProtocol

REQUESTS_SECONDS = 3  # what was asked before the end may take this long
GARBAGE_THRESHOLD = 20_000  # objects; the default of 700 looks for cycles a hundred times a second

use_monotonic_clock()


class PatientServer(Server):  # type: ignore[misc]
    """daphne ends every request and socket at the first sign of a shutdown; this one goes in order.

    It listens no longer, so that a proxy asks somebody else; lets `drain` save the answers and
    close the sockets; waits for the requests under way; and only then ends what is left.
    """

    def __init__(self, *args: Any, drain: Callable[[], Awaitable[None]], **options: Any) -> None:
        super().__init__(*args, **options)
        self._drain = drain
        self._ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        self._ports.append(port)
        self.ws_factory.protocol = BalancedProtocol
        super().listen_success(port)

    def kill_all_applications(self) -> Any:
        """What daphne calls when the reactor is about to stop; it waits for the result."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        for port in self._ports:
            port.stopListening()
        await self._drain()
        if working := self._working():
            await asyncio.wait(working, timeout=REQUESTS_SECONDS)
        for request in self._working():
            request.cancel()
        if working := self._working():
            await asyncio.wait(working, timeout=REQUESTS_SECONDS)

    def _working(self) -> list[asyncio.Future[Any]]:
        found = [each.get("application_instance") for each in self.connections.values()]
        return [each for each in found if each is not None and not each.done()]


def endpoints(host: str, port: int) -> list[str]:
    """Where to listen, as Twisted describes it. A Unix socket is for the group, nginx's with it."""
    if (path := socket_path(host)) is not None:
        return [f"unix:{path}:mode=660:lockfile=0"]
    found: list[str] = build_endpoint_description_strings(host=host.strip("[]"), port=port)
    return found


def serve(host: str, port: int, when_ready: Callable[[], None]) -> None:
    """Answer until SIGINT or SIGTERM; `when_ready` is called once both are listened for."""
    asgi = import_module("webchat.asgi")
    server = PatientServer(
        asgi.application,
        drain=asgi.drain,
        endpoints=endpoints(host, port),
        server_name="webchat",
        verbosity=1,
        ping_interval=settings.PING_SECONDS,
    )
    # daphne's own `ready_callable` comes before SIGTERM is listened for.
    server_loop: Any = reactor
    server_loop.callLater(0, when_ready)
    gc.collect()
    gc.freeze()  # what is loaded now stays; looking for garbage need not look at it
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 20)
    server.run()

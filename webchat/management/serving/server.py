"""daphne, in this process."""

import asyncio
import gc
import logging
import re
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from webchat.management.serving.reactor import reactor  # before daphne, which brings its own

# isort: split

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from twisted.internet import defer

access = logging.getLogger("webchat.access")

SECRET_PATH = re.compile(r"/setup/[^/]+/")  # whoever reads the log must not become administrator
REQUESTS_SECONDS = 3  # what was asked before the end may take this long
GARBAGE_THRESHOLD = 20_000  # objects; the default of 700 looks for cycles a hundred times a second


def log_access(protocol: str, action: str, details: dict[str, Any]) -> None:
    """One line for each answer and each socket, without the query string."""
    path = SECRET_PATH.sub("/setup/…/", str(details.get("path", "")).partition("?")[0])
    client = str(details.get("client") or "-").rpartition(":")[0] or "-"
    if protocol == "http" and action == "complete":
        access.info(
            "%s %s %s -> %s, %s bytes, %.0f ms",
            client,
            details["method"],
            path,
            details["status"],
            details["size"],
            details["time_taken"] * 1000,
        )
    elif protocol == "websocket" and action in {"connected", "rejected", "disconnected"}:
        access.info("%s socket %s %s", client, path, action)


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


def serve(host: str, port: int, when_ready: Callable[[], None]) -> None:
    """Answer until SIGINT or SIGTERM; `when_ready` is called once both are listened for."""
    asgi = import_module("webchat.asgi")
    server = PatientServer(
        asgi.application,
        drain=asgi.drain,
        endpoints=build_endpoint_description_strings(host=host.strip("[]"), port=port),
        action_logger=log_access,
        server_name="webchat",
        verbosity=1,
    )
    # daphne's own `ready_callable` comes before SIGTERM is listened for.
    server_loop: Any = reactor
    server_loop.callLater(0, when_ready)
    gc.collect()
    gc.freeze()  # what is loaded now stays; looking for garbage need not look at it
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 20)
    server.run()

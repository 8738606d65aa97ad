"""daphne, in this process."""

import gc
import logging
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server  # before twisted's reactor: it chooses which one
from twisted.internet import reactor

access = logging.getLogger("webchat.access")

SECRET_PATH = re.compile(r"/setup/[^/]+/")  # whoever reads the log must not become administrator
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


def serve(host: str, port: int, when_ready: Callable[[], None]) -> None:
    """Answer until SIGINT or SIGTERM; `when_ready` is called once both are listened for."""
    application = import_module("webchat.asgi").application
    server = Server(
        application,
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

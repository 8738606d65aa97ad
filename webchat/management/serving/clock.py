"""The clock by which daphne measures how long something has lasted."""

import time
from types import SimpleNamespace

import webchat.management.serving.reactor  # noqa: F401  (before daphne, which brings its own)

# isort: split

from daphne import http_protocol, server, ws_protocol


def use_monotonic_clock() -> None:
    """Let daphne read the monotonic clock instead of the wall clock.

    It calls `time.time()` for durations only. When the wall clock is set back by an hour, daphne
    sends no pings for an hour, and a proxy closes the sockets that are idle. When it is set ahead,
    daphne rejects sockets that are being opened and cancels applications that are about to end.
    """
    monotonic = SimpleNamespace(time=time.monotonic)
    for module in (http_protocol, server, ws_protocol):
        module.time = monotonic

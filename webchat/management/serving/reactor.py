"""Twisted's reactor on uvloop. Importing this installs it, so it comes before all else of Twisted.

Half of what a token costs is asyncio's own work, and uvloop does it in C.

Twisted computes when a delayed call is due from the wall clock. When that clock is set back by an
hour, every delayed call is an hour late; when it is set ahead, every timeout ends at once. So the
reactor gets the monotonic clock, which nothing sets.
"""

import asyncio
import time
from typing import Any

import uvloop
from twisted.internet import asyncioreactor

loop = uvloop.new_event_loop()
asyncio.set_event_loop(loop)
asyncioreactor.install(loop)  # type: ignore[no-untyped-call]  # Twisted has types for some things

from twisted.internet import reactor  # noqa: E402  (there is one only now)

installed: Any = reactor  # an object; Twisted gives it a type that has no settable clock
installed.seconds = time.monotonic

__all__ = ["reactor"]

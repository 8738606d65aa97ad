"""Twisted's reactor on uvloop. Importing this installs it, so it comes before all else of Twisted.

Half of what a token costs is asyncio's own work, and uvloop does it in C.
"""

import asyncio

import uvloop
from twisted.internet import asyncioreactor

loop = uvloop.new_event_loop()
asyncio.set_event_loop(loop)
asyncioreactor.install(loop)  # type: ignore[no-untyped-call]  # Twisted has types for some things

from twisted.internet import reactor  # noqa: E402  (there is one only now)

__all__ = ["reactor"]

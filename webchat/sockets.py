"""All open sockets of this process: closed when their person may no longer look, or at a restart."""

import asyncio
import logging
from typing import Protocol

from django.db import Error as DatabaseError

from webchat.accounts import activity
from webchat.accounts.signed_in import signed_in
from webchat.db import db, db_write
from webchat.logs.context import begin_chore
from webchat.metrics.instruments import SOCKETS

log = logging.getLogger(__name__)

CHECK_SECONDS = 1  # a person who was signed out sees it within two seconds
GOODBYE_SECONDS = 1  # how long a restart waits for pages to hear of it
SIGNED_OUT, RESTART, FAILED = 4401, 4012, 4500
"""Close codes of our own, since daphne refuses to send 1011; docs/protocol.md lists them."""


class Socket(Protocol):
    session_key: str

    async def close(self, code: int) -> None: ...


_open: set[Socket] = set()
_connected: set[Socket] = set()
SOCKETS.set_function(lambda: len(_connected))
_last_gone: asyncio.Event | None = None
_watch: asyncio.Task[None] | None = None


def add(socket: Socket) -> None:
    """Watch over this socket until `discard`."""
    global _watch
    _open.add(socket)
    _connected.add(socket)
    if _watch is None or _watch.done():
        _watch = begin_chore(_watch_sessions(), name="watch sessions")


def discard(socket: Socket) -> None:
    """Watch no longer; it is closing."""
    _open.discard(socket)


def ended(socket: Socket) -> None:
    """The connection is no more."""
    discard(socket)
    _connected.discard(socket)
    if _last_gone is not None and not _connected:
        _last_gone.set()


async def check_sessions() -> None:
    """Close every socket whose session is no longer good: one look for all of them."""
    keys = {socket.session_key for socket in _open}
    good = await db(signed_in, keys)
    for socket in tuple(_open):
        if socket.session_key in keys and socket.session_key not in good:
            await socket.close(SIGNED_OUT)
    if due := activity.due(good):
        await db_write(activity.note_sockets, due)


async def close_all() -> None:
    """Tell every page that the server restarts; it comes back by itself.

    Returns when the pages have heard it: a server that stops sends nothing more.
    """
    global _last_gone
    if _watch is not None:
        _watch.cancel()
    for socket in tuple(_open):
        await socket.close(RESTART)
    if not _connected:
        return
    _last_gone = asyncio.Event()
    try:
        async with asyncio.timeout(GOODBYE_SECONDS):
            await _last_gone.wait()
    except TimeoutError:
        log.warning("%d sockets did not say goodbye", len(_connected))


async def _watch_sessions() -> None:
    while _open:
        await asyncio.sleep(CHECK_SECONDS)
        try:
            await check_sessions()
        except DatabaseError as error:
            log.warning("sessions cannot be checked for a moment: %s", error)
        except Exception:
            log.exception("sessions cannot be checked")

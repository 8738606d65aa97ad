"""The one door of sockets and runs to the database.

Channels and Django's asynchronous ORM run every query of every websocket on one shared thread,
so one slow query would freeze all sockets. Here a small fixed pool of threads does the work,
each with its own connection, and no thread belongs to anybody.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connection, connections

P = ParamSpec("P")
T = TypeVar("T")

READERS = 5  # with the writer and the requests' own threads fewer than PostgreSQL's pool of ten
_readers = ThreadPoolExecutor(READERS, thread_name_prefix="db")

# SQLite takes one writer at a time and lets the others sleep in its busy handler, each of them a
# thread that could read meanwhile. So they wait here instead, in order.
_writer = ThreadPoolExecutor(1, thread_name_prefix="db-writer")


def release_connections(failed: bool) -> None:
    """Give this thread's connections back; a healthy SQLite one stays open for the next call."""
    for used in connections.all(initialized_only=True):
        if failed or used.vendor != "sqlite":
            used.close_if_unusable_or_obsolete()


async def db(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a synchronous `function` that reads the database in a thread of the pool."""
    return await _run(_readers, partial(function, *args, **kwargs))


async def db_write(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for a `function` that writes."""
    pool = _writer if connection.vendor == "sqlite" else _readers
    return await _run(pool, partial(function, *args, **kwargs))


async def _run(pool: ThreadPoolExecutor, function: Callable[[], T]) -> T:
    """In a thread of `pool`, with the person's language, time zone and path prefix.

    asgiref takes these along; a copied context alone would not show them in another thread.
    """
    return await sync_to_async(_work, thread_sensitive=False, executor=pool)(function)


def _work(function: Callable[[], T]) -> T:
    failed = True
    try:
        result = function()
        failed = False
        return result
    finally:
        release_connections(failed)

"""The one door of sockets and runs to the database.

Channels and Django's asynchronous ORM run every query of every websocket on one shared thread,
so one slow query would freeze all sockets. Here a small fixed pool of threads does the work,
each with its own connection, and no thread belongs to anybody.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 6  # more would only queue at SQLite's one writer; PostgreSQL's pool holds ten
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="db")


def release_connections(failed: bool) -> None:
    """Give this thread's connections back; a healthy SQLite one stays open for the next call."""
    for connection in connections.all(initialized_only=True):
        if failed or connection.vendor != "sqlite":
            connection.close_if_unusable_or_obsolete()


async def db(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a synchronous `function` that uses the database in a thread of the pool."""

    def work() -> T:
        failed = True
        try:
            result = function(*args, **kwargs)
            failed = False
            return result
        finally:
            release_connections(failed)

    context = contextvars.copy_context()  # the person's language goes along
    return await asyncio.get_running_loop().run_in_executor(_pool, context.run, work)

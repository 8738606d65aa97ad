"""The one door of sockets and runs to the database.

Channels and Django's asynchronous ORM run every query of every websocket on one shared thread,
so one slow query would freeze all sockets. Here a small fixed pool of threads does the work,
each with its own connection, and no thread belongs to anybody.
"""

import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connection, connections
from prometheus_client import Histogram

from webchat.metrics.instruments import CONNECTIONS, DATABASE_WAIT

P = ParamSpec("P")
T = TypeVar("T")

READERS = 5  # with the writer and the requests' own threads fewer than PostgreSQL's pool of ten
_readers = ThreadPoolExecutor(READERS, thread_name_prefix="db")

# SQLite takes one writer at a time and lets the others sleep in its busy handler, each of them a
# thread that could read meanwhile. So they wait here instead, in order.
_writer = ThreadPoolExecutor(1, thread_name_prefix="db-writer")

# Exports and imports read and write for minutes, a step at a time. They take turns here, so that
# neither their number nor their steps take a thread from the sockets.
_patient = ThreadPoolExecutor(1, thread_name_prefix="db-patient")

WAITS = {
    _readers: DATABASE_WAIT.labels("readers"),
    _writer: DATABASE_WAIT.labels("writer"),
    _patient: DATABASE_WAIT.labels("patient"),
}
POOL_STATES = {"open": "pool_size", "idle": "pool_available", "waited for": "requests_waiting"}
"""What psycopg's pool calls what we tell of it."""


def _pool_figure(name: str) -> Callable[[], float]:
    postgresql: Any = connection
    return lambda: float(postgresql.pool.get_stats().get(name, 0))


if connection.vendor == "postgresql":
    for _state, _name in POOL_STATES.items():
        CONNECTIONS.labels(_state).set_function(_pool_figure(_name))


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


async def db_patient(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for one step of work that goes on for long and that nobody hurries for."""
    return await _run(_patient, partial(function, *args, **kwargs))


async def _run(pool: ThreadPoolExecutor, function: Callable[[], T]) -> T:
    """In a thread of `pool`, with the person's language, time zone and path prefix.

    asgiref takes these along; a copied context alone would not show them in another thread.
    """
    result: T = await _in_thread[pool](WAITS[pool], time.perf_counter(), function)
    return result


def _work(wait: Histogram, asked: float, function: Callable[[], T]) -> T:
    """`function`, in whatever thread; `asked` is when it was asked for."""
    wait.observe(time.perf_counter() - asked)
    failed = True
    try:
        result = function()
        failed = False
        return result
    finally:
        release_connections(failed)


# Made once: making one costs as much as a short query.
_in_thread: dict[ThreadPoolExecutor, Callable[..., Awaitable[Any]]] = {
    pool: sync_to_async(_work, thread_sensitive=False, executor=pool) for pool in WAITS
}

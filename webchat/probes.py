"""Whether what a process stands on answers; for /readyz, and for whoever looks for a fault."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass

import redis.asyncio as redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from redis.exceptions import RedisError

from webchat.db import db

PATIENCE = 2  # seconds; whoever waits longer for one statement cannot serve pages


@dataclass(frozen=True)
class Probe:
    """What was asked, how long it took, and why it failed: one clause for the operator, or empty."""

    name: str
    seconds: float
    problem: str = ""


async def probe_database() -> Probe:
    """One statement, through the same threads that answers use."""
    return await _timed("database", db(_select))


async def probe_redis() -> Probe | None:
    """A ping, by a connection of its own; None where there is no Redis."""
    return await _timed("redis", _ping()) if settings.REDIS_URL else None


def _select() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


async def _ping() -> None:
    client = redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE)
    try:
        await client.ping()
    finally:
        await client.aclose()


async def _timed(name: str, work: Awaitable[None]) -> Probe:
    began, problem = time.perf_counter(), ""
    try:
        async with asyncio.timeout(PATIENCE):
            await work
    except TimeoutError:
        problem = f"no answer within {PATIENCE} s"
    except (DatabaseError, RedisError, OSError) as error:
        problem = f"{type(error).__name__}: {error}".splitlines()[0]
    return Probe(name, time.perf_counter() - began, problem)

"""The names that log lines carry, bound to the task that says them and to those it begins."""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from structlog.contextvars import bind_contextvars, clear_contextvars

_found: contextvars.ContextVar[dict[str, int]] = contextvars.ContextVar("found")
"""What is found out on the way, for the line at the end, which an outer task writes."""


def begin_request(request: str) -> dict[str, int]:
    """From here on lines are about this request; returns what will be found out about it."""
    clear_contextvars()
    bind_contextvars(request=request)
    found: dict[str, int] = {}
    _found.set(found)
    return found


def bind_user(pk: int) -> None:
    """From here on lines are about this person."""
    bind_contextvars(user=pk)
    if (found := _found.get(None)) is not None:
        found["user"] = pk


def bind_run(run: UUID) -> None:
    """From here on lines are about this answer."""
    bind_contextvars(run=str(run))


def begin_chore(work: Coroutine[Any, Any, None], name: str = "") -> asyncio.Task[None]:
    """A task that serves everybody: its lines are not about whoever happened to begin it."""
    return asyncio.create_task(work, name=name or None, context=contextvars.Context())

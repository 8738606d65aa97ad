"""Signs of life of an upstream: bytes that come or go, whether or not they make a value.

A server under load sends comments for minutes, and eight pictures take a while to be sent. Whoever
limits the silence of a whole answer hears here that there is none.
"""

from collections.abc import Callable
from contextvars import ContextVar

_hear: ContextVar[Callable[[], object] | None] = ContextVar("hear", default=None)


def listen(hear: Callable[[], object]) -> None:
    """From here on, in this task and those it begins, call `hear` at each sign of life."""
    _hear.set(hear)


def beat() -> None:
    """Something has come from an upstream, or was taken by one."""
    if (hear := _hear.get()) is not None:
        hear()

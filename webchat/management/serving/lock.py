"""Processes that start at the same moment on one data folder prepare it one after the other."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


@contextmanager
def preparing(say: Callable[[str], None]) -> Iterator[None]:
    """Held by one process at a time, and given back by the system when that one dies."""
    with Path(settings.DATA_DIR, "preparing.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process prepares the data folder; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield

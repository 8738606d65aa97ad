"""Servers that belong to a benchmark: gone afterwards, with all they hold."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TypeVar

from tests.cluster.servers import Postgres, Redis, Server

Kind = TypeVar("Kind", bound=Server)

__all__ = ["Postgres", "Redis", "serving"]


@contextmanager
def serving(kind: type[Kind]) -> Iterator[Kind]:
    """A server of this kind, with a folder and a port of its own."""
    with tempfile.TemporaryDirectory(prefix="webchat-benchmark-") as name:
        Path(name).chmod(0o755)
        server = kind(Path(name))
        server.start()
        try:
            yield server
        finally:
            with redirect_stdout(sys.stderr):  # it tells its log
                server.stop()

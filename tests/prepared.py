"""What many tests begin with, made once for all workers of a run: copies start fast.

`data_folder()` is a data folder after a first start, `postgres_folder(make)` the files of a
PostgreSQL server.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from tests.e2e.product import Product

RUN_FOLDER = "TESTS_RUN_FOLDER"
"""Names the folder that all workers of a run share; tests/conftest.py sets it."""


def data_folder() -> Path:
    return once("data", lambda folder: Product(folder).start().end())


def postgres_folder(make: Callable[[Path], object]) -> Path:
    return once("postgres", make)


def once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` fills, filled by the first worker that asks; others wait for it."""
    place = Path(os.environ[RUN_FOLDER])
    folder, done = place / name, place / f"{name}.done"
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder

"""Run the tests in several processes.

python -m tests                every test but those of `make interop`, on SQLite and PostgreSQL
python -m tests fast           those that start neither a browser nor the product as a process
python -m tests postgres ARGS  those of the site on PostgreSQL and Redis; ARGS go to pytest
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.cluster.servers import Postgres, Redis, Server
from tests.prepared import RUN_FOLDER

T = TypeVar("T", bound=Server)

WORKERS = 4  # more than most machines have cores: tests of several processes mostly wait
FAST_WORKERS = 3  # these tests mostly compute
# The order of collection, in which the slow modules come first (tests/conftest.py), not of size.
PYTEST = [sys.executable, "-m", "pytest", "-q", "--dist", "loadscope", "--no-loadscope-reorder"]
# These start browsers or the product as a process of its own.
WITH_PROCESSES = (
    *("benchmarks", "cluster", "deploy", "e2e", "upgrade"),
    *("webchat/backup", "webchat/logs/test_secrets.py", "webchat/test_serve.py"),
)
FAST = [
    *(f"--ignore=tests/{name}" for name in WITH_PROCESSES),
    *("-m", "not interop and not browser"),
]
# These ask no database, or an SQLite of their own.
WITHOUT_POSTGRES = (
    *("rendering", "logs/test_secrets.py", "models/test_migrations.py", "test_serve.py"),
    *("test_settings.py", "test_static_files.py"),
)
POSTGRES = ["tests/webchat", *(f"--ignore=tests/webchat/{name}" for name in WITHOUT_POSTGRES)]


@contextmanager
def run_folder() -> Iterator[Path]:
    """The folder that all workers of this run share: see tests/prepared.py."""
    with tempfile.TemporaryDirectory(prefix="webchat-tests-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the account of PostgreSQL has to enter it
        os.environ[RUN_FOLDER] = name
        yield folder


@contextmanager
def running(server: T) -> Iterator[T]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def run(what: str, workers: int, arguments: list[str], **environment: str) -> bool:
    """Whether these tests passed; prints how long they took."""
    start = time.monotonic()
    command = [*PYTEST, "-n", str(workers), *arguments]
    done = subprocess.run(command, env=os.environ | environment, check=False)
    print(f"{what}: {time.monotonic() - start:.0f} s", flush=True)
    return done.returncode == 0


def on_postgres(folder: Path, arguments: list[str]) -> bool:
    with running(Redis(folder)) as redis, running(Postgres(folder / "server")) as postgres:
        urls = {"DATABASE_URL": postgres.create("webchat"), "REDIS_URL": redis.url}
        return run("PostgreSQL", FAST_WORKERS, [*POSTGRES, *arguments], **urls)


def main(which: str = "all", *arguments: str) -> int:
    """The exit status: 0 when every test passed."""
    start = time.monotonic()
    with run_folder() as folder:
        if which == "fast":
            results = [run("SQLite", FAST_WORKERS, [*FAST, *arguments])]
        elif which == "postgres":
            results = [on_postgres(folder, list(arguments))]
        else:
            results = [run("SQLite", WORKERS, ["-m", "not interop"]), on_postgres(folder, [])]
    print(f"All together: {time.monotonic() - start:.0f} s")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Run the tests in several processes.

python -m tests                every test but those of `make interop`, on SQLite and PostgreSQL
python -m tests fast           those that need neither a browser nor several processes
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

from tests.cluster.servers import Postgres, Redis

WORKERS = 4  # more than most machines have cores: tests of several processes mostly wait
# The order of collection, in which the slow modules come first (tests/conftest.py), not of size.
PYTEST = [
    *(sys.executable, "-m", "pytest", "-q"),
    *("-n", str(WORKERS), "--dist", "loadscope", "--no-loadscope-reorder"),
]
FAST = ["--ignore=tests/e2e", "--ignore=tests/cluster", "-m", "not interop and not browser"]
# Rendering asks no database.
POSTGRES = ["tests/webchat", "--ignore=tests/webchat/rendering"]


@contextmanager
def servers() -> Iterator[tuple[Postgres, Redis]]:
    """A PostgreSQL and a Redis for this run."""
    with tempfile.TemporaryDirectory(prefix="webchat-servers-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the account of PostgreSQL has to enter it
        postgres, redis = Postgres(folder), Redis(folder)
        postgres.start()
        redis.start()
        try:
            yield postgres, redis
        finally:
            redis.stop()
            postgres.stop()


def run(what: str, arguments: list[str], **environment: str) -> bool:
    """Whether these tests passed; prints how long they took."""
    start = time.monotonic()
    done = subprocess.run([*PYTEST, *arguments], env=os.environ | environment, check=False)
    print(f"{what}: {time.monotonic() - start:.0f} s", flush=True)
    return done.returncode == 0


def on_postgres(postgres: Postgres, redis: Redis, arguments: list[str]) -> bool:
    urls = {"REDIS_URL": redis.url, "TEST_REDIS_URL": redis.url}
    database = postgres.create("webchat")
    return run("PostgreSQL", [*POSTGRES, *arguments], DATABASE_URL=database, **urls)


def main(which: str = "all", *arguments: str) -> int:
    """The exit status: 0 when every test passed."""
    start = time.monotonic()
    with servers() as (postgres, redis):
        if which == "fast":
            results = [run("SQLite", [*FAST, *arguments], TEST_REDIS_URL=redis.url)]
        elif which == "postgres":
            results = [on_postgres(postgres, redis, list(arguments))]
        else:
            results = [
                run("SQLite", ["-m", "not interop"], TEST_REDIS_URL=redis.url),
                on_postgres(postgres, redis, []),
            ]
    print(f"All together: {time.monotonic() - start:.0f} s")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

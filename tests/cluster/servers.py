"""Servers of the tests' own: PostgreSQL, Redis and nginx, on free ports, gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import prepared
from tests.cluster import people
from tests.e2e.product import free_port

START_SECONDS = 30
PREPARED = "prepared"  # the database that others are copies of
ROOT = os.geteuid() == 0
PLACES = os.pathsep.join(
    [
        os.environ.get("PATH", ""),
        "/usr/sbin",
        *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),
    ]
)


def program(name: str, package: str) -> str:
    """Where a program is. Skips the test where it is missing; where CI=true, fails it."""
    found = shutil.which(name, path=PLACES)
    if found is None:
        message = f"there is no {name} (Debian: apt install {package})"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return str(found)


def until(condition: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Ask again and again; for things that tell nobody when they are ready."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        time.sleep(0.02)


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Server:
    """A process that listens at `port`, with a folder and perhaps an `environment` of its own."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.environment = environment or {}
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self) -> Sequence[str]:
        """What to run, in the foreground."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        return listens(self.port)

    def start(self, **options: Any) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
                **options,
            )
        try:
            until(self._is_up, type(self).__name__)
        except BaseException:
            self.stop(signal.SIGKILL)
            raise

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None
            self._show_log()

    def _show_log(self) -> None:
        """Pytest shows it where a test failed."""
        log = self.folder / "log"
        if log.exists():
            print(log.read_text(errors="replace"))

    def _is_up(self) -> bool:
        assert self._process is not None
        log = (self.folder / "log").read_text(errors="replace")
        assert self._process.poll() is None, f"{type(self).__name__} ended:\n{log[-2000:]}"
        return self.is_ready()


class Redis(Server):
    """Keeps nothing on disk: a restart forgets everything, as the worst one would."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        redis = program("redis-server", "redis-server")
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        return [redis, *options, "--dir", str(self.folder), "--appendonly", "no"]


class Postgres(Server):
    """A cluster of databases; `postgres` refuses to run as root, so root becomes its account."""

    @property
    def _as(self) -> dict[str, Any]:
        return {"user": "postgres", "group": "postgres", "extra_groups": []} if ROOT else {}

    def command(self) -> Sequence[str]:
        options = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1"]
        options += ["-c", "unix_socket_directories=", "-c", "fsync=off"]
        return [program("postgres", "postgresql"), "-D", str(self._data), *options]

    @property
    def _data(self) -> Path:
        return self.folder / "postgres"

    def start(self, **options: Any) -> None:
        if not self._data.exists():
            self._prepare()
        super().start(**self._as)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every connection at once and then the server ("fast")."""
        super().stop(how)

    def is_ready(self) -> bool:
        try:
            self.run("postgres", "SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def url(self, name: str) -> str:
        return f"postgres://webchat@127.0.0.1:{self.port}/{name}"

    def run(self, name: str, statement: str) -> None:
        """One statement outside of any transaction."""
        with psycopg.connect(self.url(name), autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement.encode())

    def create(self, name: str) -> str:
        """A new database; its address."""
        self.run("postgres", f'CREATE DATABASE "{name}"')
        return self.url(name)

    def create_prepared(self, name: str) -> str:
        """A new database with all tables of the product and two people; its address."""
        self.run("postgres", f'CREATE DATABASE "{name}" TEMPLATE {PREPARED}')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.run("postgres", f'DROP DATABASE "{name}" WITH (FORCE)')

    def cut_connections(self, name: str) -> None:
        """End every connection to a database, as a restart or a failing network does."""
        statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
        self.run("postgres", f"{statement}'{name}'")

    def _prepare(self) -> None:
        source = prepared.postgres_folder(make_prepared)
        shutil.copytree(source / "postgres", self._data)
        self._own()

    def _own(self) -> None:
        """Let the account of PostgreSQL own its files."""
        if ROOT:
            command = ["chown", "-R", "postgres:postgres", str(self._data)]
            subprocess.run(command, check=True)

    def initialise(self) -> None:
        """Make the files of a server that has no database yet."""
        self._data.mkdir()
        self._own()
        arguments = ["-D", str(self._data), "-U", "webchat", "-A", "trust", "--no-sync"]
        arguments += ["-E", "UTF8", "--locale=C.UTF-8"]
        initdb = [program("initdb", "postgresql"), *arguments]
        subprocess.run(initdb, cwd="/", check=True, capture_output=True, **self._as)


def make_prepared(folder: Path) -> None:
    """Make the files of a server whose database PREPARED others are copied from."""
    folder.mkdir()
    for each in (folder, folder.parent):
        each.chmod(0o755)  # the account of PostgreSQL has to enter them
    server = Postgres(folder)
    server.initialise()
    server.start()
    try:
        people.fill(server.create(PREPARED))
    finally:
        server.stop()

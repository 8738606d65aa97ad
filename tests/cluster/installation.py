"""Processes of one installation: they share database, Redis, data folder and keys."""

import shutil
import signal
import sqlite3
import ssl
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from tests.cluster import people
from tests.cluster.intervals import PING_SECONDS, REAPER_SECONDS
from tests.cluster.pages import Door
from tests.cluster.proxy import Nginx
from tests.cluster.upstream import MODEL
from tests.e2e.product import ROOT, Product, free_port


class Installation:
    """Up to two processes, `self.processes`, at ports that stay the same over restarts."""

    def __init__(self, data: Path, origin: str = "", **environment: str) -> None:
        self.data = data
        self.ports = [free_port(), free_port()]
        self.origin = origin or f"http://localhost:{self.ports[0]}"
        self.upstream_port = free_port()
        self.environment = {
            "ORIGINS": self.origin,
            "RUNS_PER_USER": "100",
            "REAPER_SECONDS": str(REAPER_SECONDS),
            "PING_SECONDS": str(PING_SECONDS),
            "PYTHONFAULTHANDLER": "1",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.upstream_port}/v1",
            **environment,
        }
        self.processes: dict[int, Product] = {}
        self.session = self.others_session = ""
        self.nginx: Nginx | None = None

    @property
    def base_path(self) -> str:
        return self.environment.get("BASE_PATH", "")

    @property
    def url(self) -> str:
        """What people type, without a slash at its end."""
        return f"{self.origin}{self.base_path}"

    @property
    def database(self) -> str:
        return self.environment.get("DATABASE_URL", "")

    @property
    def addresses(self) -> list[str]:
        """Where a proxy finds the processes."""
        host = self.environment.get("HOST", "127.0.0.1")
        if host.startswith("unix:"):
            return [host]
        return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for port in self.ports]

    def prepare(self) -> None:
        """A data folder after a first start, with an administrator and another person signed in.

        `session` and `others_session` are theirs. A database of PostgreSQL must have them too: see
        Postgres.create_prepared.
        """
        shutil.copytree(people.data_folder(), self.data, symlinks=True)
        self.session = people.SESSION
        self.others_session = people.OTHERS_SESSION

    def manage(self, *arguments: str) -> str:
        """What a management command prints."""
        return self._product(0).manage(*arguments)

    def start(self, number: int = 0, release: Path = ROOT) -> Product:
        """Process `number`, started; again, when it is not running any more.

        `release` is where its program lies.
        """
        running = self.processes.get(number)
        if running is not None:
            assert running.process is not None
            if running.process.poll() is None:
                return running
            running.end()
        product = self._product(number, release)
        self.processes[number] = product
        return product.start()

    def signal(self, number: int, how: signal.Signals) -> None:
        process = self.processes[number].process
        assert process is not None
        process.send_signal(how)

    def kill(self, number: int = 0) -> None:
        self.processes.pop(number).end(signal.SIGKILL)

    def abort(self) -> None:
        """End processes that hang; they say where each of their threads stands (faulthandler)."""
        for number, product in tuple(self.processes.items()):
            product.end(signal.SIGABRT)
            print(f"--- process {number} ---\n{product.output}")
        self.processes.clear()

    def end(self) -> None:
        for product in self.processes.values():
            assert product.process is not None
            product.process.send_signal(signal.SIGCONT)
            product.end()
        self.processes.clear()

    def print_news(self) -> None:
        """What the processes said since the last time; pytest shows it where a test failed."""
        for number, product in self.processes.items():
            print(f"--- process {number} ---\n{product.output}")
            product.output = ""

    def door(self, number: int = 0) -> Door:
        """To one process, past nginx."""
        return Door(f"ws://127.0.0.1:{self.ports[number]}/ws/", self.origin, self.session)

    @property
    def front_door(self) -> Door:
        """Through nginx."""
        assert self.nginx is not None
        trusted = ssl.create_default_context(cafile=self.nginx.certificate)
        address = f"wss://localhost:{self.nginx.port}{self.base_path}/ws/"
        return Door(address, self.origin, self.session, trusted)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the database, asked past the product; `%s` stands for values."""
        if self.database:
            with psycopg.connect(self.database, autocommit=True) as postgres:
                return postgres.execute(statement.encode(), values).fetchall()
        with closing(sqlite3.connect(self.data / "db.sqlite3", timeout=10)) as sqlite:
            return sqlite.execute(statement.replace("%s", "?"), values).fetchall()

    def endpoint(self, provider: str) -> int:
        statement = "SELECT id FROM webchat_endpoint WHERE provider = %s AND enabled"
        return int(self.query(statement, provider)[0][0])

    @property
    def told(self) -> tuple[int, str]:
        """Endpoint and model of tests/cluster/upstream.py, which must listen at upstream_port."""
        return self.endpoint("OpenAICompatible"), MODEL

    @property
    def demo(self) -> tuple[int, str]:
        return self.endpoint("Demo"), "demo"

    def saved(self, run: str) -> tuple[str, str, str]:
        """Status, text and HTML of the answer as the database has it."""
        statement = (
            "SELECT m.status, m.text, m.html FROM webchat_message m"
            " JOIN webchat_run r ON r.message_id = m.id WHERE r.id = %s"
        )
        rows = self.query(statement, run if self.database else run.replace("-", ""))
        return rows[0]  # type: ignore[return-value]

    def full_environment(self) -> dict[str, str]:
        """Of process 0, for somebody else to start it."""
        return self._product(0).full_environment()

    def _product(self, number: int, release: Path = ROOT) -> Product:
        return Product(self.data, self.environment, port=self.ports[number], root=release)

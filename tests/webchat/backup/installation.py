"""Installations to back up and to restore into, on the database of these tests."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from tests import prepared
from tests.commands import Commands
from tests.e2e.product import ROOT, free_port

Database = sqlite3.Connection | psycopg.Connection
DATABASE_FILE = "db.sqlite3"
ARCHIVE, SAVED, TEMPLATE = "all.zip", "saved.json", "template"


@dataclass
class Installation:
    """A data folder, and a database in it or on the server of these tests."""

    folder: Path
    database: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        outside = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "FIELD_KEYS")
        }
        own = {
            "DATA_DIR": str(self.folder),
            "ENV_FILE": os.devnull,
            "PORT": str(free_port()),
            "DJANGO_SETTINGS_MODULE": "webchat.settings",
        }
        database = {"DATABASE_URL": self.database} if self.database else {}
        return outside | own | database | self.settings

    def run(self, *command: str, fails: bool = False) -> str:
        """What a process prints; where it is to fail, what it says about that."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        return checked(done, fails=fails)

    def manage(self, *command: str, fails: bool = False) -> str:
        return self.run("manage.py", *command, fails=fails)

    def everything(self, then: str = "") -> Any:
        """Rows and files as the product reads them; see filling.py for `then`."""
        return json.loads(self.run("-m", "tests.webchat.backup.filling", "print", then))

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the database, read past the product."""
        with opened(self) as database:
            return list(database.execute(statement))

    def execute(self, *statements: str) -> None:
        with opened(self) as database:
            for statement in statements:
                database.execute(statement)


def checked(done: "subprocess.CompletedProcess[str]", *, fails: bool) -> str:
    assert (done.returncode != 0) is fails, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if fails else done.stdout


@contextmanager
def opened(installation: Installation) -> Iterator[Database]:
    """The database, past the product."""
    if installation.database:
        with psycopg.connect(installation.database, autocommit=True) as postgresql:
            yield postgresql
    else:
        installation.folder.mkdir(exist_ok=True)
        file = installation.folder / DATABASE_FILE
        with closing(sqlite3.connect(file, isolation_level=None)) as sqlite:
            yield sqlite


# --- The proof that nothing was touched ---


@contextmanager
def unchanged(installation: Installation) -> Iterator[None]:
    """Every row of every table, every sequence and every file is the same afterwards."""
    before = contents(installation)
    yield
    assert contents(installation) == before


def contents(installation: Installation) -> dict[str, Any]:
    """The rows of each table and the digest of each file."""
    with opened(installation) as database:
        tables = list(_of_postgresql(database) if installation.database else _of_sqlite(database))
    assert len(tables) > 20
    return {"tables": tables, "files": files(installation.folder)}


def files(folder: Path) -> dict[str, tuple[int, str]]:
    """Mode and digest of every file but those of the database."""
    return {
        str(file.relative_to(folder)): (
            file.stat().st_mode,
            hashlib.sha256(file.read_bytes()).hexdigest(),
        )
        for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith(DATABASE_FILE)
    }


def _of_sqlite(database: Any) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Virtual tables keep their rows in plain tables beside them."""
    schema = database.execute("SELECT name, type, sql FROM sqlite_master ORDER BY name").fetchall()
    yield "sqlite_master", schema
    for name, kind, sql in schema:
        if kind == "table" and not sql.startswith("CREATE VIRTUAL"):
            yield name, database.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608


def _of_postgresql(database: Any) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    columns = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1, 2"
    )
    yield "columns", database.execute(columns).fetchall()
    sequences = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"
    yield "sequences", database.execute(sequences).fetchall()
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    for (name,) in database.execute(names).fetchall():
        rows = f'SELECT t::text FROM "{name}" t ORDER BY 1'  # noqa: S608 - a name of the database
        yield name, database.execute(rows).fetchall()


# --- Made once for all workers ---


def new_postgres(template: str = "template1") -> str:
    """The address of a new database on the server of these tests."""
    name = f"backup_{uuid.uuid4().hex[:12]}"
    given = os.environ["DATABASE_URL"]
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return given.rpartition("/")[0] + f"/{name}"


def empty(folder: Path) -> Installation:
    return Installation(folder, new_postgres() if connection.vendor == "postgresql" else "")


def _make(vendor: str, folder: Path) -> None:
    folder.mkdir()
    source = Installation(folder / "data")
    if vendor == "postgresql":
        source.database = new_postgres()
        source.manage("migrate", "--verbosity=0")
        (folder / TEMPLATE).write_text(source.database.rpartition("/")[2])
    else:
        shutil.copytree(prepared.data_folder(), source.folder, symlinks=True)
    printed = source.run("-m", "tests.webchat.backup.filling", "fill")
    (folder / SAVED).write_text(printed)
    source.manage("backup", str(folder / ARCHIVE))


def backed_up(vendor: str = connection.vendor) -> Path:
    """A folder with an archive, all that was in the installation, and the installation."""
    return prepared.once(f"backup-{vendor}", lambda folder: _make(vendor, folder))


def copy(folder: Path, vendor: str = connection.vendor) -> Installation:
    """The installation of the archive."""
    source = backed_up(vendor)
    shutil.copytree(source / "data", folder, symlinks=True)
    template = source / TEMPLATE
    database = new_postgres(template.read_text()) if template.exists() else ""
    return Installation(folder, database)


@dataclass
class Filled(Installation):
    """The installation of the archive; every test leaves it as it was.

    Its commands share one start of Python.
    """

    commands: Commands | None = None

    def manage(self, *command: str, fails: bool = False) -> str:
        assert self.commands is not None
        return checked(self.commands.run(*command), fails=fails)

"""The upgrade of a million messages, from commit 1d04681 to this one, on SQLite and PostgreSQL."""

import shutil
import tempfile
import time
from pathlib import Path

from benchmarks import fill_upgrade
from benchmarks.figures import machine, table
from benchmarks.servers import Postgres, serving
from tests.cluster.servers import PLACES
from tests.upgrade.installation import Installation

MESSAGES = 1_000_000
BAR = 60  # seconds that `manage.py migrate` may take
PATIENCE = 3600  # seconds; only a broken migration takes this long
HEAD = ("database", "messages", "filled in, s", "migrate, s")


def _migrated(installation: Installation) -> float:
    started = time.monotonic()
    installation.manage("migrate", "--verbosity=0")
    return time.monotonic() - started


def _on_sqlite(folder: Path, messages: int) -> tuple[float, float]:
    """Seconds to fill, seconds to migrate."""
    started = time.monotonic()
    fill_upgrade.sqlite(folder / "data", messages)
    filled = time.monotonic() - started
    return filled, _migrated(Installation(folder / "data", seconds=PATIENCE))


def _on_postgresql(folder: Path, messages: int) -> tuple[float, float]:
    with serving(Postgres) as server:
        address = server.create("benchmark")
        started = time.monotonic()
        fill_upgrade.postgresql(folder / "data", address, messages)
        filled = time.monotonic() - started
        return filled, _migrated(Installation(folder / "data", address, seconds=PATIENCE))


def main(messages: int = MESSAGES) -> str:
    measures = {"SQLite": _on_sqlite}
    if shutil.which("initdb", path=PLACES):
        measures["PostgreSQL"] = _on_postgresql
    rows, slowest = [], 0.0
    for name, measure in measures.items():
        with tempfile.TemporaryDirectory(prefix="webchat-benchmark-") as folder:
            filled, migrated = measure(Path(folder), messages)
        rows.append([name, messages, f"{filled:.0f}", f"{migrated:.1f}"])
        slowest = max(slowest, migrated)
    verdict = f"The slowest took {slowest:.1f} s, the bar is {BAR} s: "
    verdict += "met." if slowest <= BAR else "missed."
    return "\n\n".join([table(HEAD, rows), verdict, machine()])

"""A PostgreSQL of these tests, and copies of what commit 1d04681 left."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.servers import Postgres
from tests.upgrade.people import FIXTURES


@pytest.fixture(scope="session")
def expected() -> dict[str, Any]:
    """What that commit showed."""
    found: dict[str, Any] = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a site."""
    folder = tmp_path_factory.mktemp("upgrade") / "data"
    shutil.copytree(FIXTURES / "data", folder)
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """In a folder that the account of PostgreSQL may enter; pytest's own it may not."""
    with tempfile.TemporaryDirectory(prefix="webchat-upgrade-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Postgres(folder)
        server.start()
        yield server
        server.stop()

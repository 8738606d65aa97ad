"""An installation with rows in every table, its archive, and empty ones to restore into."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Commands
from tests.webchat.backup.installation import (
    ARCHIVE,
    SAVED,
    Filled,
    Installation,
    backed_up,
    copy,
    empty,
)

Maker = Callable[[str], Installation]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    made = copy(tmp_path_factory.mktemp("backup") / "filled")
    with Commands(made.environment()) as commands:
        yield Filled(made.folder, made.database, commands=commands)


@pytest.fixture(scope="session")
def archive() -> Path:
    return backed_up() / ARCHIVE


@pytest.fixture(scope="session")
def saved() -> Any:
    """All that is in the installation of the archive."""
    return json.loads((backed_up() / SAVED).read_text())


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Makes an empty installation, on the database of these tests."""
    return lambda name: empty(tmp_path / name)

"""What commit 1d04681 left is the same after an upgrade to this commit.

The fixtures are never made anew. Where a name of the program changes, seen.py and rows.py change.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cluster.servers import Postgres
from tests.e2e.product import ROOT
from tests.upgrade.installation import Installation
from tests.upgrade.people import FIXTURES

OLD_MIGRATIONS = {
    "0001_initial",
    "0002_cache_table",
    "0003_outcomes_and_audit",
    "0004_installation",
    "0005_outcomes_of_earlier_answers",
    "0006_people",
    "0007_conversation_state",
    "0008_turns",
    "0009_endpoint_models",
    "0010_sealed_secrets",
    "0011_outcome_health",
    "0012_limits",
    "0013_endpoint_key",
    "0014_ratings",
    "0015_search",
    "0016_insight_name",
}
SESSION = "signed in before"
Seen = dict[str, Any]


def compare(seen: Seen, expected: Seen, *left_out: str) -> None:
    """Section by section: a difference is to be read."""
    assert seen.keys() == expected.keys()
    for name in expected.keys() - set(left_out):
        assert lines(seen[name]) == lines(expected[name]), name


def lines(section: Any) -> list[str]:
    return json.dumps(section, ensure_ascii=False, indent=1, sort_keys=True).splitlines()


def restored(installation: Installation) -> Seen:
    installation.manage("restore", str(FIXTURES / "backup.zip"), "--with-keys")
    return installation.seen()


def migrated(installation: Installation) -> Seen:
    """Upgraded, with the JSON export brought in."""
    installation.manage("migrate", "--verbosity=0")
    installation.bring_in(FIXTURES / "export.zip")
    return installation.seen()


@pytest.fixture(scope="module")
def on_sqlite(data: Path) -> Seen:
    return migrated(Installation(data))


@pytest.fixture(scope="module")
def on_postgresql(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """A database with the tables of that commit, and the folder with its keys and pictures."""
    folder = tmp_path_factory.mktemp("upgrade") / "data"
    shutil.copytree(FIXTURES / "data", folder, ignore=shutil.ignore_patterns("*.sqlite3"))
    address = postgres.create("upgrade")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute((FIXTURES / "postgresql.sql").read_bytes())
    return migrated(Installation(folder, address))


def test_a_data_folder_with_sqlite_upgrades_and_shows_the_same(
    on_sqlite: Seen, expected: Seen
) -> None:
    compare(on_sqlite, expected, "imported")


def test_a_postgresql_database_upgrades_and_shows_the_same(
    on_postgresql: Seen, expected: Seen
) -> None:
    compare(on_postgresql, expected, "imported", SESSION)


def test_an_archive_is_restored_on_sqlite_and_shows_the_same(
    tmp_path: Path, expected: Seen
) -> None:
    compare(restored(Installation(tmp_path / "data")), expected, "imported", SESSION)


def test_an_archive_is_restored_on_postgresql_and_shows_the_same(
    tmp_path: Path, postgres: Postgres, expected: Seen
) -> None:
    installation = Installation(tmp_path / "data", postgres.create("restored"))
    compare(restored(installation), expected, "imported", SESSION)


@pytest.mark.parametrize("database", ["on_sqlite", "on_postgresql"])
def test_a_json_export_is_imported_and_shows_the_same(
    database: str, request: pytest.FixtureRequest, expected: Seen
) -> None:
    seen: Seen = request.getfixturevalue(database)
    assert lines(seen["imported"]) == lines(expected["imported"])


def test_answers_that_dead_processes_left_keep_their_text(on_sqlite: Seen) -> None:
    """One was being written, the other waited for its turn."""
    conversations = on_sqlite["pages"]["alice"]["conversations"]
    ends = [conversations[title]["messages"][-1] for title in ("Being written", "Waiting")]
    assert [end["status"] for end in ends] == ["interrupted", "interrupted"]
    assert (ends[0]["text"], ends[0]["reasoning"]) == ("One goose, two ge", "They move.")


def test_old_migrations_are_there_and_not_squashed() -> None:
    """A database of any earlier release has to find its place among them."""
    files = {file.stem for file in (ROOT / "webchat" / "migrations").glob("[0-9]*.py")}
    assert files >= OLD_MIGRATIONS
    squashed = [
        name
        for name in files
        if "replaces =" in (ROOT / "webchat" / "migrations" / f"{name}.py").read_text()
    ]
    assert squashed == []

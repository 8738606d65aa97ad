"""Backup, wipe, restore: the same installation."""

import json
import os
import shutil
import stat
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.e2e.product import ROOT, free_port
from webchat.backup.archive import open_archive

KEY_TABLES = {"webchat.Endpoint"}
STRANGE = ["media/../../evil", "keys/db.sqlite3", "keys/../evil", "keys/.."]


def new_postgres() -> str:
    """The address of an empty database on the server of these tests."""
    name = f"backup_{uuid.uuid4().hex[:12]}"
    given = os.environ["DATABASE_URL"]
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return given.rpartition("/")[0] + f"/{name}"


@dataclass
class Installation:
    """A data folder, and a database in it or on the server of these tests."""

    folder: Path
    database: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, fails: bool = False) -> str:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "FIELD_KEYS")
        } | {
            "DATA_DIR": str(self.folder),
            "ENV_FILE": os.devnull,
            "PORT": str(free_port()),
            "DJANGO_SETTINGS_MODULE": "webchat.settings",
            **({"DATABASE_URL": self.database} if self.database else {}),
            **self.settings,
        }
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert (done.returncode != 0) is fails, done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr if fails else done.stdout

    def manage(self, *command: str, fails: bool = False) -> str:
        return self.run("manage.py", *command, fails=fails)

    def fill(self) -> None:
        self.manage("migrate", "--verbosity=0")
        self.run("-m", "tests.webchat.backup.filling", "fill")

    def everything(self) -> Any:
        return json.loads(self.run("-m", "tests.webchat.backup.filling", "tell"))


Maker = Callable[[str], Installation]


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Makes an empty installation, on the database of these tests."""
    return lambda name: empty(tmp_path / name)


def empty(folder: Path) -> Installation:
    return Installation(folder, new_postgres() if connection.vendor == "postgresql" else "")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Every test leaves it as it was."""
    installation = empty(tmp_path_factory.mktemp("backup") / "filled")
    installation.fill()
    return installation


@pytest.fixture(scope="module")
def archive(filled: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("archive") / "all.zip"
    filled.manage("backup", str(file))
    return file


def same_keys(source: Installation, target: Installation) -> None:
    target.folder.mkdir(exist_ok=True)
    shutil.copy(source.folder / "field-key", target.folder)


def test_an_empty_installation_becomes_the_one_that_was_saved(
    filled: Installation, archive: Path, make: Maker
) -> None:
    fresh = make("fresh")
    same_keys(filled, fresh)
    fresh.manage("restore", str(archive))
    found = fresh.everything()
    assert found == filled.everything()
    assert "sk-secret" in found["keys"]
    add_somebody = "import django; django.setup(); from tests.factories import *; make_user('bob')"
    fresh.run("-c", add_somebody)  # a number that is taken would fail


def test_without_its_key_ring_keys_are_not_set_and_all_else_is_there(
    filled: Installation, archive: Path, make: Maker
) -> None:
    fresh = make("fresh")
    fresh.manage("restore", str(archive))
    found, saved = fresh.everything(), filled.everything()
    assert set(found["keys"]) == {""}
    assert found["files"] == saved["files"]
    for table in saved["tables"].keys() - KEY_TABLES:
        assert found["tables"][table] == saved["tables"][table], table


def test_the_keys_come_along_when_they_are_asked_for(
    filled: Installation, tmp_path: Path, make: Maker
) -> None:
    file, fresh = tmp_path / "keys.zip", make("fresh")
    filled.manage("backup", str(file), "--with-keys")
    fresh.manage("restore", str(file), "--with-keys")
    assert "sk-secret" in fresh.everything()["keys"]


@pytest.mark.parametrize(("by_nginx", "folder", "file"), [("1", 0o750, 0o640), ("0", 0o700, 0o600)])
def test_pictures_can_be_read_by_who_serves_them(
    archive: Path, make: Maker, by_nginx: str, folder: int, file: int
) -> None:
    fresh = make("fresh")
    fresh.settings["MEDIA_BY_NGINX"] = by_nginx
    fresh.manage("restore", str(archive))
    [picture] = (fresh.folder / "media").glob("??/*")
    assert stat.S_IMODE(picture.stat().st_mode) == file
    assert stat.S_IMODE(picture.parent.stat().st_mode) == folder


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs both databases")
def test_an_archive_of_sqlite_is_restored_on_postgresql_and_back(
    make: Maker, tmp_path: Path
) -> None:
    light, back, heavy = (
        Installation(tmp_path / "light"),
        Installation(tmp_path / "back"),
        make("h"),
    )
    light.fill()
    light.manage("backup", str(tmp_path / "light.zip"), "--with-keys")
    heavy.manage("restore", str(tmp_path / "light.zip"), "--with-keys")
    heavy.manage("backup", str(tmp_path / "heavy.zip"), "--with-keys")
    back.manage("restore", str(tmp_path / "heavy.zip"), "--with-keys")
    found, saved = back.everything(), light.everything()
    for table in saved["tables"]:
        assert found["tables"][table] == saved["tables"][table], table
    assert found == saved


def test_people_who_are_there_are_not_replaced_by_accident(
    filled: Installation, archive: Path
) -> None:
    before = filled.everything()
    assert "--replace" in filled.manage("restore", str(archive), fails=True)
    assert filled.everything() == before
    filled.manage("restore", str(archive), "--replace")
    assert filled.everything() == before


def test_nobody_is_signed_in_by_an_archive_and_no_key_stands_in_it(
    archive: Path, filled: Installation
) -> None:
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        contents = b"".join(opened.read(name) for name in names)
    assert "tables/sessions.Session.jsonl" not in names
    assert not any(name.startswith("keys/") for name in names)
    assert b"sk-secret" not in contents
    assert (filled.folder / "field-key").read_bytes() not in contents
    assert archive.stat().st_mode & 0o077 == 0


def test_an_archive_of_a_later_release_is_refused(
    archive: Path, make: Maker, tmp_path: Path
) -> None:
    opened, manifest = open_archive(archive)
    later = tmp_path / "later.zip"
    with opened, zipfile.ZipFile(later, "w") as copy:
        for name in opened.namelist():
            data = opened.read(name)
            if name == "manifest.json":
                changed = json.loads(data) | {"release": "9.9"}
                changed["migrations"].append(["webchat", "9999_flying"])
                data = json.dumps(changed).encode()
            copy.writestr(name, data)
    assert "made by release 9.9" in make("fresh").manage("restore", str(later), fails=True)
    assert manifest.release != "9.9"


def damaged(archive: Path, damage: str, bad: Path) -> None:
    """Write to `bad` what is left of a good archive."""
    if damage == "text":
        bad.write_text("not an archive")
    elif damage == "cut":
        bad.write_bytes(archive.read_bytes()[:-200])
    elif damage == "flipped":
        with zipfile.ZipFile(archive) as opened:
            at = opened.getinfo("tables/webchat.User.jsonl").header_offset + 60
        data = bytearray(archive.read_bytes())
        data[at : at + 20] = bytes(byte ^ 0xFF for byte in data[at : at + 20])
        bad.write_bytes(data)
    elif damage == "table":
        with zipfile.ZipFile(archive) as opened, zipfile.ZipFile(bad, "w") as copy:
            for name in opened.namelist():
                if name != "tables/webchat.Message.jsonl":
                    copy.writestr(name, opened.read(name))
    elif damage != "nothing":
        shutil.copy(archive, bad)
        with zipfile.ZipFile(bad, "a") as opened:
            opened.writestr(damage, b"x")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("nothing", "cannot be read"),
        ("text", "is not an archive"),
        ("cut", "is not an archive"),
        ("flipped", "is damaged"),
        ("table", "lacks tables/webchat.Message.jsonl"),
        *((name, "where none belongs") for name in STRANGE),
    ],
)
def test_what_is_no_archive_is_refused_before_anything_is_touched(
    damage: str, words: str, filled: Installation, archive: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.zip"
    damaged(archive, damage, bad)
    before = filled.everything()
    assert words in filled.manage("restore", str(bad), "--replace", fails=True)
    assert filled.everything() == before


def test_keys_that_are_not_there_are_missed_before_anything_is_touched(
    filled: Installation, archive: Path
) -> None:
    before = filled.everything()
    told = filled.manage("restore", str(archive), "--replace", "--with-keys", fails=True)
    assert "holds no keys" in told
    assert filled.everything() == before


def test_a_picture_that_is_lost_is_told_and_stops_nothing(
    filled: Installation, tmp_path: Path
) -> None:
    media = filled.folder / "media"
    media.rename(tmp_path / "elsewhere")
    try:
        out = filled.manage("backup", str(tmp_path / "all.zip"))
    finally:
        (tmp_path / "elsewhere").rename(media)
    assert "0 pictures" in out


def test_a_backup_that_cannot_be_written_leaves_nothing(filled: Installation) -> None:
    nowhere = filled.folder / "no" / "such" / "folder.zip"
    assert "Nothing was written" in filled.manage("backup", str(nowhere), fails=True)

"""Backup, wipe, restore: the same installation."""

import json
import shutil
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.webchat.backup.conftest import Maker
from tests.webchat.backup.installation import (
    SAVED,
    Filled,
    Installation,
    backed_up,
    copy,
    empty,
    unchanged,
)
from webchat.backup.archive import open_archive

KEY_TABLES = {"webchat.Endpoint"}
STRANGE = ["media/../../evil", "keys/db.sqlite3", "keys/../evil", "keys/.."]


@pytest.fixture(scope="module")
def restored(archive: Path, filled: Filled, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An empty installation with the keys of the archived one, after a restore."""
    fresh = empty(tmp_path_factory.mktemp("restored") / "fresh")
    fresh.settings["MEDIA_BY_NGINX"] = "1"
    fresh.folder.mkdir()
    shutil.copy(filled.folder / "field-key", fresh.folder)
    fresh.manage("restore", str(archive))
    return fresh


@pytest.fixture(scope="module")
def restored_without_keys(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An empty installation with keys of its own, after a restore."""
    fresh = empty(tmp_path_factory.mktemp("without") / "fresh")
    fresh.settings["MEDIA_BY_NGINX"] = "0"
    fresh.manage("restore", str(archive))
    return fresh


def test_an_empty_installation_becomes_the_one_that_was_saved(
    restored: Installation, saved: Any
) -> None:
    found = restored.everything(then="add")
    assert found == saved
    assert "sk-secret" in found["keys"]


def test_without_its_key_ring_keys_are_not_set_and_all_else_is_there(
    restored_without_keys: Installation, saved: Any
) -> None:
    found = restored_without_keys.everything()
    assert set(found["keys"]) == {""}
    assert found["files"] == saved["files"]
    for table in saved["tables"].keys() - KEY_TABLES:
        assert found["tables"][table] == saved["tables"][table], table


@pytest.mark.skipif(
    connection.vendor == "postgresql",
    reason="test_an_archive_of_sqlite_is_restored_on_postgresql_and_back takes them both ways",
)
def test_the_keys_come_along_when_they_are_asked_for(
    filled: Filled, saved: Any, tmp_path: Path, make: Maker
) -> None:
    file, fresh = tmp_path / "keys.zip", make("fresh")
    filled.manage("backup", str(file), "--with-keys")
    fresh.manage("restore", str(file), "--with-keys")
    assert fresh.everything()["keys"] == saved["keys"]


@pytest.mark.parametrize(
    ("installation", "folder", "file"),
    [("restored", 0o750, 0o640), ("restored_without_keys", 0o700, 0o600)],
)
def test_pictures_can_be_read_by_the_program_that_serves_them(
    request: pytest.FixtureRequest, installation: str, folder: int, file: int
) -> None:
    """By nginx, of the same group, or by Webchat alone: see MEDIA_BY_NGINX in the fixtures."""
    found: Installation = request.getfixturevalue(installation)
    [picture] = (found.folder / "media").glob("??/*")
    assert stat.S_IMODE(picture.stat().st_mode) == file
    assert stat.S_IMODE(picture.parent.stat().st_mode) == folder


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs both databases")
def test_an_archive_of_sqlite_is_restored_on_postgresql_and_back(
    make: Maker, tmp_path: Path
) -> None:
    light = copy(tmp_path / "light", "sqlite")
    saved = json.loads((backed_up("sqlite") / SAVED).read_text())
    back, heavy = Installation(tmp_path / "back"), make("heavy")
    light.manage("backup", str(tmp_path / "light.zip"), "--with-keys")
    heavy.manage("restore", str(tmp_path / "light.zip"), "--with-keys")
    heavy.manage("backup", str(tmp_path / "heavy.zip"), "--with-keys")
    back.manage("restore", str(tmp_path / "heavy.zip"), "--with-keys")
    found = back.everything()
    for table in saved["tables"]:
        assert found["tables"][table] == saved["tables"][table], table
    assert found == saved


def test_people_who_are_there_are_not_replaced_by_accident(filled: Filled, archive: Path) -> None:
    with unchanged(filled):
        assert "--replace" in filled.manage("restore", str(archive), fails=True)


def test_nobody_is_signed_in_by_an_archive_and_no_key_stands_in_it(
    archive: Path, filled: Filled
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
    archive: Path, filled: Filled, tmp_path: Path
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
    with unchanged(filled):
        refusal = filled.manage("restore", str(later), "--replace", fails=True)
    assert "made by release 9.9" in refusal
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
    damage: str, words: str, filled: Filled, archive: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.zip"
    damaged(archive, damage, bad)
    with unchanged(filled):
        assert words in filled.manage("restore", str(bad), "--replace", fails=True)


def test_keys_that_are_not_there_are_missed_before_anything_is_touched(
    filled: Filled, archive: Path
) -> None:
    with unchanged(filled):
        refusal = filled.manage("restore", str(archive), "--replace", "--with-keys", fails=True)
    assert "holds no keys" in refusal


def test_a_picture_that_is_lost_is_told_and_stops_nothing(filled: Filled, tmp_path: Path) -> None:
    media = filled.folder / "media"
    media.rename(tmp_path / "elsewhere")
    try:
        out = filled.manage("backup", str(tmp_path / "all.zip"))
    finally:
        (tmp_path / "elsewhere").rename(media)
    assert "0 pictures" in out


def test_a_backup_that_cannot_be_written_leaves_nothing(filled: Filled) -> None:
    nowhere = filled.folder / "no" / "such" / "folder.zip"
    assert "Nothing was written" in filled.manage("backup", str(nowhere), fails=True)

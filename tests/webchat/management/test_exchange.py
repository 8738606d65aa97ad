"""Conversations out and in from the shell."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories import make_conversation, make_message
from tests.webchat.exchange.files import as_document
from webchat.models import AuditRecord, Conversation, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def walks(alice: User, bob: User) -> list[Conversation]:
    made = [make_conversation(alice, "A walk"), make_conversation(bob, "A swim")]
    for one in made:
        make_message(one, "Where to?")
    return made


def run(command: str, *arguments: Any) -> str:
    """What it says; a failure is CommandError, which ends with status 1."""
    out = io.StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def refused(command: str, *arguments: Any) -> str:
    with pytest.raises(CommandError) as caught:
        run(command, *arguments)
    return str(caught.value)


def titles(file: Path) -> set[str]:
    with zipfile.ZipFile(file) as archive:
        documents = [json.loads(archive.read(name)) for name in archive.namelist()]
    return {one["conversation"]["title"] for one in documents}


def test_everything_is_exported(tmp_path: Path, walks: list[Conversation]) -> None:
    file = tmp_path / "all.zip"
    assert "2 conversations were exported." in run("export_conversations", file)
    assert titles(file) == {"A walk", "A swim"}
    assert file.stat().st_mode & 0o777 == 0o600
    [record] = AuditRecord.objects.filter(action="exported")
    assert (record.actor, record.details) == (None, {"format": "json", "count": 2})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--owner", "bob"], {"A swim"}),
        (["--since", "2020-01-01", "--until", "2999-01-01"], {"A walk", "A swim"}),
    ],
)
def test_some_are_exported(
    tmp_path: Path, walks: list[Conversation], options: list[str], expected: set[str]
) -> None:
    run("export_conversations", tmp_path / "some.zip", *options)
    assert titles(tmp_path / "some.zip") == expected


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "tomorrow"])
def test_days_that_no_calendar_here_has_are_refused(tmp_path: Path, day: str) -> None:
    assert "--until" in refused("export_conversations", tmp_path / "all.zip", "--until", day)


def test_ids_choose_conversations(tmp_path: Path, walks: list[Conversation]) -> None:
    run("export_conversations", tmp_path / "one.zip", "--conversation", walks[0].pk)
    assert titles(tmp_path / "one.zip") == {"A walk"}


def test_other_formats_are_for_reading(tmp_path: Path, walks: list[Conversation]) -> None:
    run("export_conversations", tmp_path / "a.zip", "--format", "markdown")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert all(name.endswith(".md") for name in archive.namelist())


def test_nothing_to_export_is_a_failure_without_a_file(
    tmp_path: Path, walks: list[Conversation]
) -> None:
    file = tmp_path / "none.zip"
    assert "nothing was written" in refused("export_conversations", file, "--until", "1999-01-01")
    assert "Nobody here is called zoe" in refused("export_conversations", file, "--owner", "zoe")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_kept(tmp_path: Path, walks: list[Conversation]) -> None:
    file = tmp_path / "all.zip"
    file.write_text("mine")
    assert "--overwrite" in refused("export_conversations", file)
    assert file.read_text() == "mine"
    run("export_conversations", file, "--overwrite")
    assert titles(file) == {"A walk", "A swim"}


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, walks: Any) -> None:
    assert "The export failed" in refused("export_conversations", tmp_path / "no" / "all.zip")


def test_what_was_exported_is_imported(
    tmp_path: Path, walks: list[Conversation], bob: User
) -> None:
    file = tmp_path / "all.zip"
    run("export_conversations", file)
    told = run("import_conversations", file, "--owner", "bob")
    assert "2 conversations were imported, 0 not." in told
    assert bob.conversations.count() == 3
    [record] = AuditRecord.objects.filter(action="imported")
    assert (record.subject_name, record.details) == ("bob", {"conversations": 2, "failed": 0})


def test_a_dry_run_changes_nothing(tmp_path: Path, walks: list[Conversation], bob: User) -> None:
    file = tmp_path / "all.zip"
    run("export_conversations", file)
    told = run("import_conversations", file, "--owner", "bob", "--dry-run")
    assert "2 conversations could be imported, 0 not." in told
    assert Conversation.objects.count() == 2
    assert not AuditRecord.objects.filter(action="imported").exists()


def test_what_cannot_be_imported_is_a_failure_and_the_rest_is_there(
    tmp_path: Path, walks: list[Conversation], bob: User
) -> None:
    file = tmp_path / "some.json"
    file.write_text(json.dumps([as_document(walks[0]), {"format": "x"}]))
    assert refused("import_conversations", file, "--owner", "bob") == "Not everything is there."
    assert bob.conversations.count() == 2


@pytest.mark.parametrize(
    ("name", "owner", "said"),
    [
        ("all.json", "zoe", "Nobody here is called zoe"),
        ("none.json", "bob", "cannot be read"),
        ("all.json", "bob", "Nothing is there."),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, bob: User, name: str, owner: str, said: str) -> None:
    (tmp_path / "all.json").write_text("[]")
    assert said in refused("import_conversations", tmp_path / name, "--owner", owner)

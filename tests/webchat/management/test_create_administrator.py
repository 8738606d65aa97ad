"""Administrators from the shell; a password is never an argument."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories import PASSWORD
from webchat.management import secrets
from webchat.models import AuditRecord, User

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_administrator", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value


def test_without_a_password_a_link_lets_the_person_choose_one() -> None:
    assert "/accounts/" in run("ada")
    user = User.objects.get(username="ada")
    assert (user.is_superuser, user.is_staff, user.has_usable_password()) == (True, True, False)


@pytest.mark.parametrize("source", ["env", "file", "stdin", "prompt"])
def test_a_password_comes_from_where_nobody_else_reads(
    source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("ADA_PASSWORD", PASSWORD)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    monkeypatch.setattr(secrets, "getpass", lambda prompt: PASSWORD)
    value = {"env": ["ADA_PASSWORD"], "file": [str(file)]}.get(source, [])
    assert run("ada", f"--password-{source}", *value) == "ada is an administrator now.\n"
    user = User.objects.get(username="ada")
    assert user.check_password(PASSWORD)
    assert user.is_superuser
    record = AuditRecord.objects.get(action="role_changed")
    assert (record.subject_name, PASSWORD in str(record.details)) == ("ada", False)


def test_a_slip_of_the_finger_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([PASSWORD, "something else"])
    monkeypatch.setattr(secrets, "getpass", lambda prompt: next(typed))
    assert "not the same" in str(refused("ada", "--password-prompt"))
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["password", "12345678", "short", ""])
def test_a_weak_password_is_refused_and_not_repeated(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADA_PASSWORD", password)
    error = refused("ada", "--password-env", "ADA_PASSWORD")
    assert error.returncode == 2
    assert not User.objects.exists()


def test_a_name_that_cannot_be_used_is_refused() -> None:
    assert refused("no spaces please").returncode == 2


def test_who_has_an_account_becomes_one_and_keeps_the_password(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER", "another-long-password")
    assert refused("alice", "--password-env", "OTHER").returncode == 2
    assert run("alice") == "alice is an administrator now.\n"
    alice.refresh_from_db()
    assert alice.is_superuser
    assert alice.check_password(PASSWORD)

"""What the doctor sees without leaving the machine."""

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from tests.factories import make_endpoint
from webchat.doctor.finding import Finding, Level
from webchat.doctor.machine import examine_machine
from webchat.models import User

pytestmark = pytest.mark.django_db

Usage = namedtuple("Usage", "total used free")


def found(what: str) -> Finding:
    return {each.what: each for each in examine_machine()}[what]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    tmp_path.chmod(0o700)
    return tmp_path


def test_a_healthy_machine_is_good_in_everything(staff: User) -> None:
    assert [each for each in examine_machine() if each.level is not Level.GOOD] == []


def test_waiting_migrations_are_wrong() -> None:
    last = (
        MigrationRecorder(connection).migration_qs.filter(app="webchat").order_by("-name").first()
    )
    assert last is not None
    last.delete()
    assert found("Migrations").level is Level.WRONG
    assert last.name in found("Migrations").says
    assert found("Migrations").cure == "manage.py migrate"


def test_secrets_that_no_key_opens_are_counted(settings: Any) -> None:
    make_endpoint(api_key="sk-one")
    make_endpoint("Other", api_key="sk-two")
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert found("Keys").says.startswith("2 stored secrets")


@pytest.mark.parametrize(
    ("free", "level"), [(10**12, "good"), (10**9, "warning"), (10**7, "wrong")]
)
def test_a_full_disk_is_told_early(free: int, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**13, 0, free))
    assert found("Disk").level == level


@pytest.mark.parametrize(("by_nginx", "mode"), [(False, "700"), (True, "710")])
def test_a_data_folder_that_others_may_read_is_told(
    folder: Path, settings: Any, by_nginx: bool, mode: str
) -> None:
    settings.MEDIA_BY_NGINX = by_nginx
    folder.chmod(0o755)
    assert found("Data folder").cure == f"chmod {mode} {folder}"
    folder.chmod(int(mode, 8))
    assert found("Data folder").level is Level.GOOD


def test_nobody_to_administrate_is_told() -> None:
    assert found("Administrator").cure == "manage.py setup_link"


def test_a_redis_that_is_away_is_wrong(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert found("Redis").level is Level.WRONG


def test_a_mail_server_that_is_away_is_wrong(settings: Any) -> None:
    settings.HAS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert found("Mail").level is Level.WRONG


def test_a_slow_database_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.doctor.machine._write_milliseconds", lambda: 50.0)
    assert found("Database").level is Level.WARNING


def test_a_database_that_is_away_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("gone fishing")

    monkeypatch.setattr("webchat.doctor.machine._write_milliseconds", away)
    assert "gone fishing" in found("Database").says

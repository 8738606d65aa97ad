"""Settings: what people may write, and what they read when it is not right."""

import os
import stat
import subprocess
import sys
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.fernet import Fernet

from webchat import settings as used
from webchat.settings import parsers
from webchat.settings.environment import Environment, SettingsError, read_environment
from webchat.settings.keys import kept_key, prepare_folder
from webchat.settings.mail import MailServer, mail_address, mail_server

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = list(Environment.__dataclass_fields__)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def read(text: str, tmp_path: Path) -> Environment:
    """The settings as a `.env` of this text gives them."""
    file = tmp_path / ".env"
    file.write_text(text)
    return read_environment(file)


def read_with(monkeypatch: pytest.MonkeyPatch, **values: str) -> Environment:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return read_environment(Path("/nowhere/.env"))


def test_without_anything_set_the_defaults_hold() -> None:
    assert read_environment(Path("/nowhere/.env")) == Environment()


def test_an_env_file_gives_settings(tmp_path: Path) -> None:
    assert read("PORT=9000\nSITE_NAME='Our chat'", tmp_path).SITE_NAME == "Our chat"


def test_the_environment_wins_over_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "9001")

    assert read("PORT=9000", tmp_path).PORT == 9001


def test_a_setting_comes_from_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "key"
    secret.write_text("sk-123\n")

    assert read_with(monkeypatch, OPENAI_API_KEY_FILE=str(secret)).OPENAI_API_KEY == "sk-123"


def test_a_missing_file_of_a_setting_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY cannot be read from the file"):
        read_with(monkeypatch, SECRET_KEY_FILE="/nowhere/key")


def test_an_empty_value_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_with(monkeypatch, PORT=" ", ORIGINS="").PORT == 8000


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        read_with(monkeypatch, PORT="eighty", SECURE="perhaps", TIME_ZONE="Mars/Olympus")

    text = str(caught.value)
    assert "PORT must be a whole number from 1 to 65535, not 'eighty'" in text
    assert "Example: PORT=8000" in text
    assert "SECURE must be true or false" in text
    assert "TIME_ZONE must be a name such as Europe/Berlin" in text
    assert "docs/configuration.md" in text
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "swordfish"),
        ("FIELD_KEYS", "swordfish"),
        ("DATABASE_URL", "postgres://webchat:swordfish@[::1/webchat"),
        ("DATABASE_URL", "mysql://webchat:swordfish@host/webchat"),
        ("REDIS_URL", "https://:swordfish@host"),
        ("EMAIL_URL", "https://user:swordfish@host"),
        ("EMAIL_URL", "smtp://user:swordfish"),
        ("OPENAI_BASE_URL", "https://user:swordfish@host/v1"),
    ],
)
def test_an_error_never_quotes_a_secret(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_with(monkeypatch, **{name: value})

    assert name in str(caught.value)
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize(
    ("parser", "value", "result"),
    [
        (parsers.boolean, " Yes ", True),
        (parsers.boolean, "off", False),
        (parsers.number(1, 10), "1_0", 10),
        (parsers.size, "20MiB", 20 * 1024**2),
        (parsers.size, "20 mb", 20_000_000),
        (parsers.size, "512", 512),
        (parsers.one_of("DEBUG", "INFO"), "info", "INFO"),
        (parsers.web_address, "http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1"),
        (parsers.origin, "https://Chat.Example.org:443/", "https://chat.example.org"),
        (parsers.origin, "http://[::1]:8000", "http://[::1]:8000"),
        (parsers.origins, "http://a, https://b:8443,", ["http://a", "https://b:8443"]),
        (parsers.base_path, "chat/", "/chat"),
        (parsers.base_path, "/", ""),
        (parsers.base_path, "/a/b", "/a/b"),
        (
            parsers.web_addresses,
            "Koala=http://127.0.0.1:9104/, Websim=https://w.example",
            {"Koala": "http://127.0.0.1:9104", "Websim": "https://w.example"},
        ),
        (parsers.time_zone, "Europe/Berlin", "Europe/Berlin"),
        (
            mail_server,
            "smtp+tls://post%40example.org:p%3A%2F@mail.example.org",
            MailServer("smtp+tls", "mail.example.org", 587, "post@example.org", "p:/"),
        ),
        (mail_server, "smtps://[::1]:2465/", MailServer("smtps", "::1", 2465)),
        (mail_address, "Our chat <chat@example.org>", "Our chat <chat@example.org>"),
    ],
)
def test_what_people_write_is_understood(parser: Any, value: str, result: Any) -> None:
    assert parser(value) == result


@pytest.mark.parametrize(
    ("parser", "value"),
    [
        (parsers.boolean, "2"),
        (parsers.number(1, 10), "11"),
        (parsers.number(1, 10), "-1"),
        (parsers.number(1, 10), "1.5"),
        (parsers.seconds(0.5, 60), "0.4"),
        (parsers.seconds(0.5, 60), "61"),
        (parsers.seconds(0.5, 60), "nan"),
        (parsers.size, "many"),
        (parsers.one_of("DEBUG"), "LOUD"),
        (parsers.web_address, "example.org/v1"),
        (parsers.web_address, "ftp://example.org"),
        (parsers.web_address, "https://me:secret@example.org/v1"),
        (parsers.web_address, "https://example.org/deployments/x?api-version=1"),
        (parsers.web_address, "https://example.org/v1#x"),
        (parsers.origin, "chat.example.org"),
        (parsers.origin, "https://chat.example.org/path"),
        (parsers.origin, "https://user@chat.example.org"),
        (parsers.origin, "https://chat.example.org:99999"),
        (parsers.origin, "*"),
        (parsers.base_path, "/a b"),
        (parsers.base_path, "/a//b"),
        (parsers.base_path, "/../x/?"),
        (parsers.web_addresses, "http://127.0.0.1"),
        (parsers.redis_address, "localhost:6379"),
        (parsers.database, "nonsense"),
        (parsers.time_zone, "Berlin"),
        (parsers.secret_key, "a" * 80),
        (mail_server, "mail.example.org"),
        (mail_server, "smtp://host:port"),
        (mail_server, "smtp://user:12#3@host"),
        (mail_server, "smtp://user:p%C3%A4ss@host"),
        (mail_address, "nobody"),
    ],
)
def test_what_makes_no_sense_is_refused(parser: Any, value: str) -> None:
    with pytest.raises(ValueError, match=r"must|is not|needs|has a"):
        parser(value)


def test_a_list_of_keys_keeps_its_order() -> None:
    first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    assert parsers.fernet_keys(f"{first}, {second}") == [first, second]


def test_the_data_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"

    prepare_folder(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_in_place_of_the_data_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(SettingsError, match="DATA_DIR names the folder"):
        prepare_folder(tmp_path / "data")


def test_a_generated_key_is_kept_and_private(tmp_path: Path) -> None:
    file = tmp_path / "key"

    assert kept_key(file, "first") == "first"
    assert kept_key(file, "second") == "first"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def computed(data: Path, **environment: str) -> ModuleType:
    """The settings of a process that starts with this environment, worked out in this one."""
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    own = {"ENV_FILE": "/dev/null", "DATA_DIR": str(data)}
    assert used.__spec__ is not None
    module = module_from_spec(used.__spec__)
    assert used.__spec__.loader is not None
    with patch.dict(os.environ, clean | own | environment, clear=True):
        used.__spec__.loader.exec_module(module)
    return module


def test_by_default_the_site_is_at_localhost(tmp_path: Path) -> None:
    settings = computed(tmp_path, PORT="8123")

    hosts = ["localhost", "127.0.0.1", "[::1]"]
    assert [f"http://{host}:8123" for host in hosts] == settings.ORIGINS
    assert settings.SECURE is False


def test_an_address_of_ipv6_is_an_allowed_host(tmp_path: Path) -> None:
    settings = computed(tmp_path, ORIGINS="https://[2001:db8::1]:8443")

    assert "[2001:db8::1]" in settings.ALLOWED_HOSTS


def test_https_origins_make_everything_secure(tmp_path: Path) -> None:
    settings = computed(tmp_path, ORIGINS="https://chat.example.org")

    assert settings.SESSION_COOKIE_SECURE is True
    assert settings.CSRF_COOKIE_SECURE is True
    assert settings.SECURE_HSTS_SECONDS > 0


def test_the_base_path_is_in_cookies_and_static_addresses(tmp_path: Path) -> None:
    settings = computed(tmp_path, BASE_PATH="chat")

    assert settings.SESSION_COOKIE_PATH == "/chat/"
    assert settings.STATIC_URL == "/chat/static/"
    assert settings.FORCE_SCRIPT_NAME == "/chat"


def test_forwarded_headers_count_only_behind_a_proxy(tmp_path: Path) -> None:
    alone, behind = computed(tmp_path), computed(tmp_path, TRUSTED_PROXIES="2")

    assert (alone.SECURE_PROXY_SSL_HEADER, alone.TRUSTED_PROXIES) == (None, 0)
    assert behind.SECURE_PROXY_SSL_HEADER == ("HTTP_X_FORWARDED_PROTO", "https")
    assert behind.TRUSTED_PROXIES == 2


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ({}, ""),
        (
            {"EMAIL_URL": "smtp://h", "ORIGINS": "https://chat.example.org"},
            "webchat@chat.example.org",
        ),
        ({"EMAIL_URL": "smtp://post%40example.org:x@h"}, "post@example.org"),
        ({"EMAIL_URL": "smtp://h", "MAIL_FROM": "chat@example.org"}, "chat@example.org"),
    ],
)
def test_mail_has_a_sender_also_where_none_is_set(
    tmp_path: Path, given: dict[str, str], sender: str
) -> None:
    assert sender == computed(tmp_path, **given).DEFAULT_FROM_EMAIL


def test_postgresql_comes_with_a_pool(tmp_path: Path) -> None:
    settings = computed(tmp_path, DATABASE_URL="postgres://w:p%40ss@db/webchat")

    database = settings.DATABASES["default"]
    assert database["OPTIONS"]["pool"]["min_size"] == 2
    assert database["PASSWORD"] == "p@ss"


def test_two_starts_have_the_same_keys(tmp_path: Path) -> None:
    first, second = computed(tmp_path), computed(tmp_path)

    assert second.SECRET_KEY == first.SECRET_KEY
    assert second.FIELD_KEYS == first.FIELD_KEYS


def test_manage_py_says_what_is_wrong_without_a_traceback(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {"ENV_FILE": "/dev/null", "DATA_DIR": str(tmp_path), "PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 1
    assert "PORT must be a whole number" in result.stderr
    assert "Traceback" not in result.stderr


def test_serve_hears_its_port_before_the_settings_do(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", "nonsense"],
        cwd=ROOT,
        env=os.environ | {"ENV_FILE": "/dev/null", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "PORT must be a whole number from 1 to 65535, not 'nonsense'" in result.stderr

"""What every test has: its own data folder and database, three people, and no network."""

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django

# The settings read the environment when they are imported, so this comes before all else.
_data = tempfile.TemporaryDirectory(prefix="webchat-tests-", ignore_cleanup_errors=True)
os.environ.update(
    DJANGO_SETTINGS_MODULE="webchat.settings",
    ENV_FILE=str(Path(_data.name, "no.env")),
    DATA_DIR=_data.name,
    LOCAL_SERVERS="false",
    LOG_LEVEL="DEBUG",
)
os.environ.setdefault("TESTS_RUN_FOLDER", _data.name)  # workers have it from their master
# Each worker of pytest-xdist has a Redis database of its own; the master has number 0.
_number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1
if _url := os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = f"{_url.rpartition('/')[0]}/{_number}"
for _name in ("BASE_PATH", "ORIGINS", "PORT", "SECURE", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
    os.environ.pop(_name, None)

# A shell that begins the tests in the background has them, and all they start, ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)

import hypothesis  # noqa: E402

hypothesis.settings.register_profile("webchat", deadline=None)  # time decides no test
hypothesis.settings.load_profile("webchat")

import django  # noqa: E402
from django.conf import settings  # noqa: E402

django.setup()

from django.core.cache import cache  # noqa: E402
from django.db import connection  # noqa: E402

from tests.factories import make_user  # noqa: E402
from tests.groups import Groups  # noqa: E402
from webchat import installation, limits  # noqa: E402
from webchat.models import User  # noqa: E402

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES = settings.STORAGES | {
    # Templates name files by their plain names, so that no test waits for files to be collected.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
Path(settings.STATIC_ROOT).mkdir()

LOOPBACK = ("127.", "::1", "localhost")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Keep workers from importing the settings before they have a data folder of their own.

    They inherit the environment, and pytest-django imports the settings as soon as it finds their
    name there, which is before this file is read.
    """
    os.environ.pop("DJANGO_SETTINGS_MODULE")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups | None:
    return Groups(config, log) if config.getoption("dist") == "loadscope" else None


SLOW = ("tests/cluster/", "tests/e2e/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin a parallel run with the slow modules, so that it does not end with them.

    Tests of several processes wait and browsers compute, so their modules alternate.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    ranks: dict[str, tuple[int, int]] = {}
    for kind, folder in enumerate(SLOW):
        files = dict.fromkeys(item.location[0] for item in items if folder in item.location[0])
        ranks |= {file: (number, kind) for number, file in enumerate(files)}
    items.sort(key=lambda item: ranks.get(item.location[0], (len(items), 0)))


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails and says where it wanted to go."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(original: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            inet = self.family in (socket.AF_INET, socket.AF_INET6)
            if inet and not str(address[0]).startswith(LOOPBACK):
                raise AssertionError(f"a test wanted to connect to {address}")
            return original(self, address)

        return call

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))


@pytest.fixture(autouse=True)
def fresh_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    """Sign-in attempts of one test do not count in the next."""
    database = {"db", "transactional_db"} & set(request.fixturenames)
    for name in database:
        request.getfixturevalue(name)  # so that the database is still there afterwards
    yield
    if database:
        cache.clear()
        limits.forget()


@pytest.fixture(autouse=True)
def fresh_installation() -> Iterator[None]:
    """What one test calls the site is not what the next one reads."""
    yield
    installation.forget()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """PostgreSQL drops no database that a thread of some test is still connected to."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def staff(db: None) -> User:
    """An administrator."""
    return make_user("staff", is_staff=True, is_superuser=True)

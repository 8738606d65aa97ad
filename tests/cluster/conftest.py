"""`cluster` is two processes behind nginx on PostgreSQL and Redis, whole before every test.

`alone` is one process on SQLite or PostgreSQL without Redis, for tests that break it. `upstream`
answers what both ask.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.cluster.installation import Installation
from tests.cluster.proxy import Nginx
from tests.cluster.servers import Postgres, Redis
from tests.cluster.upstream import Upstream

Serve = Callable[[Installation], "AsyncIterator[Upstream]"]


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Not pytest's own, which the account of PostgreSQL may not enter."""
    with tempfile.TemporaryDirectory(prefix="webchat-cluster-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def postgres(folder: Path) -> Iterator[Postgres]:
    server = Postgres(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(folder: Path) -> Iterator[Redis]:
    server = Redis(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def whole_cluster(folder: Path, postgres: Postgres, redis_server: Redis) -> Iterator[Installation]:
    place = folder / "nginx"
    place.mkdir()
    nginx = Nginx(place, [])
    installation = Installation(
        folder / "data",
        nginx.origin,
        DATABASE_URL=postgres.create("cluster"),
        REDIS_URL=redis_server.url,
        TRUSTED_PROXIES="1",
    )
    nginx.behind = installation.ports
    installation.nginx = nginx
    installation.prepare()
    nginx.start()
    yield installation
    installation.end()
    nginx.stop()


@pytest.fixture
def cluster(whole_cluster: Installation) -> Installation:
    """Both processes run, whatever the test before did to them."""
    for number in (0, 1):
        whole_cluster.start(number)
    return whole_cluster


@pytest.fixture
async def upstream(cluster: Installation) -> AsyncIterator[Upstream]:
    """What the cluster's OpenAI-compatible endpoint asks."""
    async with listening(cluster) as server:
        yield server


@asynccontextmanager
async def listening(installation: Installation) -> AsyncIterator[Upstream]:
    server = Upstream()
    await server.start(port=installation.upstream_port)
    try:
        yield server
    finally:
        await server.stop()
        installation.print_news()

"""`cluster` is two processes behind nginx on PostgreSQL and Redis, whole before every test.

`alone` is one process on SQLite or PostgreSQL without Redis, for tests that break it. `upstream`
answers what both ask. `site` is one process behind nginx as most people have it, at the root and
under a path; tests that use it run for both.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.cluster.installation import Installation
from tests.cluster.proxy import Nginx
from tests.cluster.servers import Postgres, Redis
from tests.cluster.upstream import Upstream
from tests.cluster.visitors import client
from tests.e2e.product import free_port

METRICS_TOKEN = "wild-geese-over-the-lake-0123456789"
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
    nginx = Nginx(place, [], folder / "data")
    installation = Installation(
        folder / "data",
        nginx.origin,
        DATABASE_URL=postgres.create_prepared("cluster"),
        REDIS_URL=redis_server.url,
        TRUSTED_PROXIES="1",
    )
    nginx.behind = installation.addresses
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


@pytest.fixture(scope="session", params=["", "/chat"], ids=["at the root", "under a path"])
def site(request: pytest.FixtureRequest, folder: Path) -> Iterator[Installation]:
    """One process behind nginx: over IPv6 at the root, at a Unix socket under a path."""
    base_path = request.param
    place = folder / f"site-{free_port()}"  # a session may make it more than once
    place.mkdir()
    nginx = Nginx(place, [], place / "data", base_path=base_path)
    installation = Installation(
        place / "data",
        nginx.origin,
        BASE_PATH=base_path,
        HOST=f"unix:{place}/webchat.sock" if base_path else "::1",
        TRUSTED_PROXIES="1",
        MEDIA_BY_NGINX="true",
        METRICS_TOKEN=METRICS_TOKEN,
    )
    nginx.behind = installation.addresses[:1]
    installation.nginx = nginx
    installation.prepare()
    installation.start()
    nginx.start()
    yield installation
    installation.end()
    nginx.stop()


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


@pytest.fixture
def ada(site: Installation) -> Iterator[httpx.Client]:
    """The administrator; addresses are relative to the site."""
    with client(site, site.session, base_url=site.url) as visitor:
        yield visitor


@pytest.fixture
def stranger(site: Installation) -> Iterator[httpx.Client]:
    with client(site, base_url=site.url) as visitor:
        yield visitor

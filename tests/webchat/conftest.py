"""A provider that is told what to say, and a process that keeps nothing from test to test."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from providers import registry
from tests.cluster.servers import Redis
from tests.factories import make_endpoint
from tests.fakes import FakeProvider
from webchat.generation import runs
from webchat.models import Endpoint


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis of this worker's own."""
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeProvider]:
    """FakeProvider, as one of the providers there are."""
    known = {**registry.providers(), "FakeProvider": FakeProvider}
    monkeypatch.setattr("webchat.catalog.offers.providers", lambda: known)
    FakeProvider.says("Hello")
    return FakeProvider


@pytest.fixture
def endpoint(transactional_db: None, fake: type[FakeProvider]) -> Endpoint:
    """An endpoint of FakeProvider for everybody."""
    return make_endpoint("Fake", "FakeProvider")


@pytest.fixture
async def process() -> AsyncIterator[None]:
    """Runs of this test end with it, and its chores too."""
    runs.start()
    yield
    await runs.drain()
    runs.forget_everything()
    await asyncio.sleep(0)

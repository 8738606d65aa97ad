"""What a process says of itself while PostgreSQL and Redis are really away."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.cluster.installation import Installation
from tests.cluster.servers import Postgres, Redis, Server, until


def asked(cluster: Installation, path: str) -> tuple[int, str]:
    answer = httpx.get(f"http://127.0.0.1:{cluster.ports[0]}{path}", trust_env=False, timeout=10)
    return answer.status_code, answer.text.strip()


@contextmanager
def away(server: Server) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


@pytest.fixture(params=["database", "redis"])
def needed(
    request: pytest.FixtureRequest, postgres: Postgres, redis_server: Redis
) -> tuple[str, Server]:
    servers: dict[str, Server] = {"database": postgres, "redis": redis_server}
    return request.param, servers[request.param]


def test_a_process_is_ready_when_it_can_serve_again(
    cluster: Installation, needed: tuple[str, Server]
) -> None:
    word, server = needed
    until(lambda: asked(cluster, "/readyz") == (200, "ready"), "the beginning")
    with away(server):
        until(lambda: asked(cluster, "/readyz") == (503, word), f"the word {word}")
        assert asked(cluster, "/healthz") == (200, "ok")
    until(lambda: asked(cluster, "/readyz") == (200, "ready"), "the return")

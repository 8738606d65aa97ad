"""Whether the process lives, and whether it can serve: for programs, without a word too much."""

import asyncio
import logging

import pytest
from django.db import OperationalError
from django.test import AsyncClient
from django.test.utils import override_settings

from tests.e2e.product import free_port
from webchat import probes
from webchat.generation import runs
from webchat.views import health

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_readiness", health.Readiness())


async def ask(address: str = "/readyz") -> tuple[int, str]:
    answer = await AsyncClient().get(address)
    assert answer["Cache-Control"] == "no-store"
    assert ("Retry-After" in answer) == (answer.status_code == 503)
    return answer.status_code, answer.content.decode()


def break_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("connection to db.example.org refused for user webchat")

    monkeypatch.setattr(probes, "_select", fail)


async def test_a_process_that_can_serve_is_ready() -> None:
    assert await ask() == (200, "ready\n")


async def test_a_database_that_fails_is_named_and_its_reason_is_for_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_database(monkeypatch)

    with caplog.at_level(logging.WARNING):
        assert await ask() == (503, "database\n")

    assert "not ready: database: OperationalError: connection to db.example.org" in caplog.text


async def test_a_database_that_is_silent_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def silent() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(probes, "PATIENCE", 0.05)
    monkeypatch.setattr(probes, "db", lambda function: silent())

    assert await ask() == (503, "database\n")


async def test_a_redis_that_is_away_is_named() -> None:
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"):
        assert await ask() == (503, "redis\n")


async def test_a_process_that_is_about_to_end_takes_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs, "_draining", True)

    assert await ask() == (503, "draining\n")


async def test_many_who_ask_cost_no_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(probes, "_select", lambda: asked.append(1))

    assert await asyncio.gather(*(ask() for _ in range(20))) == [(200, "ready\n")] * 20
    assert len(asked) == 1


async def test_living_does_not_depend_on_others(monkeypatch: pytest.MonkeyPatch) -> None:
    break_database(monkeypatch)

    assert await ask("/healthz") == (200, "ok\n")

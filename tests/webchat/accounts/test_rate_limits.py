"""Attempts are counted where every process sees them, and the counts stay."""

import pytest
from django.core.cache import cache, caches
from django.test import Client

from tests.factories import PASSWORD
from webchat.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def administrator(staff: User) -> User:
    return staff


def sign_in(password: str) -> str:
    """What the page says."""
    page = Client().post("/accounts/login/", {"login": "alice", "password": password}, follow=True)
    return page.content.decode()


def test_another_process_knows_of_the_attempts(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        sign_in("swordfish")

    monkeypatch.setattr(
        "allauth.core.internal.ratelimit.cache", caches.create_connection("default")
    )

    assert "Too many failed" in sign_in(PASSWORD)


def test_attempts_of_many_strangers_do_not_push_the_counts_out(alice: User) -> None:
    for _ in range(5):
        sign_in("swordfish")

    for number in range(400):
        cache.set(f"stranger-{number}", [number], 300)

    assert "Too many failed" in sign_in(PASSWORD)

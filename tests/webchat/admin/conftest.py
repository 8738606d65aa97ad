"""An administrator at the panel, and somebody who only chats."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from webchat.models import User


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test begins anew."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def panel(staff: User) -> Client:
    """The administrator's browser."""
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def client(alice: User) -> Client:
    """Alice's browser."""
    client = Client()
    client.force_login(alice)
    return client

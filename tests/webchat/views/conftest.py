"""Somebody signed in, with an offer to talk to."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import AsyncClient, Client
from django.utils import translation

from tests.factories import make_conversation, make_endpoint, make_message
from webchat.models import Conversation, Endpoint, User


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test begins anew."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def client(alice: User) -> Client:
    """Alice's browser."""
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def bobs(bob: User) -> Client:
    """Bob's browser."""
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def async_client(alice: User, transactional_db: None) -> AsyncClient:
    """Alice's browser for views that begin or stop answers."""
    client = AsyncClient()
    client.force_login(alice)
    return client


@pytest.fixture
def demo(db: None) -> Endpoint:
    return make_endpoint()


@pytest.fixture
def walk(alice: User) -> Conversation:
    """Alice's conversation of one question and one answer."""
    conversation = make_conversation(alice)
    make_message(conversation, "Where to <go>?\nNow.")
    make_message(conversation, "To the *lake*.", "assistant", provider="Demo", model="demo")
    return conversation

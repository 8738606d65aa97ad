"""Alice, who has one of everything, Bob, and a stranger."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils import translation

from tests.factories import make_conversation, make_endpoint, make_message
from tests.pictures import PNG
from webchat.generation.images import examine, store
from webchat.models import Conversation, Endpoint, Media, Message, Rating, Run, User

UNCHANGING = {"contenttypes.ContentType", "auth.Permission", "sessions.Session"}
WRITTEN_BY_BOB = {"webchat.User", "webchat.AuditRecord", "usersessions.UserSession"}  # he came


@dataclass
class Things:
    """What alice has."""

    conversation: Conversation
    question: Message
    answer: Message
    run: Run
    picture: Media
    rating: Rating
    key: Authenticator
    endpoint: Endpoint

    @property
    def address_values(self) -> dict[str, Any]:
        """By the beginning of the name of a route that takes an id."""
        return {
            "conversation": self.conversation.pk,
            "messages": self.conversation.pk,
            "message": self.answer.pk,
            "run": self.run.pk,
            "media": self.picture.pk,
            "mfa": self.key.pk,
        }


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def things(alice: User, staff: User) -> Things:
    endpoint = make_endpoint()
    walk = make_conversation(alice, "A walk", endpoint=endpoint, model="demo")
    question = make_message(walk, "Where to?")
    answer = make_message(walk, "To the lake.", "assistant")
    growing = make_message(walk, "…", "assistant", parent=question, status="streaming")
    run = Run.objects.create(owner=alice, client_id=uuid4(), message=growing, node="elsewhere")
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="")
    rating = Rating.objects.create(message=answer, owner=alice, thumb="up")
    key = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Key"})
    return Things(walk, question, answer, run, picture, rating, key, endpoint)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def everything() -> dict[str, Any]:
    """All rows that could tell of a change."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.label not in UNCHANGING | WRITTEN_BY_BOB
    }

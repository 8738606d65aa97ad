"""Rows for a benchmark, written straight into the product's database.

Runs as a process with the product's environment (`python -m benchmarks.seed WHAT ARGUMENT…`) and
prints JSON, because Django's settings belong to one installation a process.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import (  # noqa: E402
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
)
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db.models import Count, Sum  # noqa: E402
from django.db.models.functions import Length  # noqa: E402

from webchat.models import Endpoint, Message, User  # noqa: E402


def sign_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def people(count: str) -> Any:
    """That many people, signed in; the first one is an administrator."""
    before = User.objects.count()
    users = [User(username=f"person{before + number}") for number in range(int(count))]
    for user in users:
        user.set_unusable_password()
    users[0].is_superuser = users[0].is_staff = True
    User.objects.bulk_create(users)
    endpoint = Endpoint.objects.get(origin=Endpoint.Origin.ENVIRONMENT)
    return {"sessions": [sign_in(user) for user in users], "endpoint": endpoint.pk}


def saved() -> Any:
    """How many answers there are by status, and the characters of their texts."""
    answers = Message.objects.filter(role=Message.Role.ASSISTANT).order_by()
    rows = answers.values("status").annotate(count=Count("pk"), chars=Sum(Length("text")))
    return {row["status"]: [row["count"], row["chars"]] for row in rows}


COMMANDS: dict[str, Callable[..., Any]] = {"people": people, "saved": saved}

if __name__ == "__main__":
    json.dump(COMMANDS[sys.argv[1]](*sys.argv[2:]), sys.stdout)

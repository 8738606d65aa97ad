"""Run in an installation of its own: prints everything that people would miss.

`fill` makes it first; `print add` adds a person afterwards.
"""

import hashlib
import json
import sys
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.factories import make_conversation, make_endpoint, make_message, make_user  # noqa: E402
from tests.pictures import PNG  # noqa: E402
from webchat.audit import record  # noqa: E402
from webchat.generation.images import examine, store  # noqa: E402
from webchat.models import AuditRecord, Endpoint, Installation, Media, Outcome, Run  # noqa: E402

SKIPPED = {"sessions.Session", "webchat.AuditRecord"}


def fill() -> None:
    alice, root = make_user("alice", language="ru"), make_user("root", is_superuser=True)
    friends = Group.objects.create(name="friends")
    friends.permissions.add(Permission.objects.get(codename="view_conversation"))
    alice.groups.add(friends)
    endpoint = make_endpoint("Ours", "OpenAICompatible", api_key="sk-secret", everyone=False)
    endpoint.groups.add(friends)
    walk = make_conversation(alice, "Прогулка 🌊", parameters={"temperature": 0.5, "stop": ["x"]})
    question = make_message(walk, "What is this?\r\n\N{REPLACEMENT CHARACTER} \U0001f680")
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="a dot")
    question.media.add(picture)
    answer = make_message(
        walk, "A dot.", "assistant", usage={"total_tokens": 9}, sources=[{"url": "u", "title": "t"}]
    )
    make_message(walk, "Another", "assistant", parent=question, reasoning_seconds=1.5)
    Run.objects.create(owner=alice, client_id=uuid4(), message=answer, node="gone")
    Outcome.objects.create(
        message_id=answer.pk, owner=alice, endpoint=endpoint, started_at=timezone.now()
    )
    Installation.objects.create(pk=1, name="Harbour", logo=PNG)
    record(AuditRecord.Action.ROLE_CHANGED, actor=root, subject=alice)
    make_conversation(alice, "Empty")


def _fields(row: Any) -> dict[str, str]:
    """The order of names in JSON means nothing, and PostgreSQL does not keep it."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {
        name: json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else repr(value)
        for name, value in values.items()
    }


def everything() -> dict[str, Any]:
    """Every row of every table, and every file."""
    tables = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and model._meta.label not in SKIPPED:
            rows = model._base_manager.order_by("pk")
            tables[model._meta.label] = [_fields(row) for row in rows]
    files = {}
    for media in Media.objects.all():
        with media.file.open() as file:
            files[media.file.name] = hashlib.sha256(file.read()).hexdigest()
    return {"tables": tables, "files": files, "keys": [e.api_key for e in Endpoint.objects.all()]}


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill()
    json.dump(everything(), sys.stdout)
    if sys.argv[2:] == ["add"]:
        make_user("bob")  # a number that is taken would fail

"""A database as a large installation has it after some years, for the pages of administrators.

`python -m benchmarks.fill_admin WHAT ARGUMENT…` prints JSON, like benchmarks/fill.py.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import django

django.setup()

from django.contrib.auth.models import Permission  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import texts  # noqa: E402
from benchmarks.seed import sign_in  # noqa: E402
from tests.pictures import PNG  # noqa: E402
from webchat.generation.images import examine, store  # noqa: E402
from webchat.generation.records import rendered  # noqa: E402
from webchat.models import Conversation, Endpoint, EndpointModel, Media, Message, User  # noqa: E402
from webchat.search.indexing import index_everything  # noqa: E402

OWNERS, ENDPOINTS, MODELS = 500, 8, 40
LENGTH = 10  # messages of a conversation
BODIES = 400  # answers that are rendered; each stands in the database many times
BATCH = 2000  # conversations written at once
MINUTES_BETWEEN = 15  # from one conversation to the next: 100 000 of them are three years
LONG = 2000  # messages of one more conversation, with branches

Status = Message.Status
STATES = ((Status.FAILED, 0.02), (Status.STOPPED, 0.02), (Status.INTERRUPTED, 0.005))


def _state(chance: random.Random) -> Status:
    drawn = chance.random()
    for status, share in STATES:
        if drawn < share:
            return status
        drawn -= share
    return Status.COMPLETE


@cache
def _words() -> list[str]:
    return " ".join(texts.prose()).split()


def _sentence(chance: random.Random, length: int) -> str:
    start = chance.randrange(len(_words()) - length)
    return " ".join(_words()[start : start + length])


def _bodies(chance: random.Random) -> list[dict[str, Any]]:
    found = [_sentence(chance, chance.randrange(20, 60)) for _ in range(BODIES)]
    return [{"text": text, **rendered(Message().pk, text, ())} for text in found]


def _people() -> list[User]:
    """Many who chat, and `auditor`: staff with nothing but the permission to look."""
    people = [User(username=f"person{number:03}") for number in range(OWNERS)]
    people.append(User(username="auditor", is_staff=True))
    for user in people:
        user.set_unusable_password()
    User.objects.bulk_create(people)
    auditor = User.objects.get(username="auditor")
    auditor.user_permissions.set(Permission.objects.filter(content_type__app_label="webchat"))
    return list(User.objects.exclude(pk=auditor.pk))


def _endpoints() -> list[Endpoint]:
    made = [Endpoint(label=f"Endpoint {number}", provider="Demo") for number in range(ENDPOINTS)]
    Endpoint.objects.bulk_create(made)
    names = [
        EndpointModel(endpoint=endpoint, name=f"{endpoint.label} model {number}")
        for endpoint in made
        for number in range(MODELS // ENDPOINTS)
    ]
    EndpointModel.objects.bulk_create(names)
    return list(Endpoint.objects.filter(label__startswith="Endpoint ").prefetch_related("models"))


def _conversation(
    chance: random.Random, owners: Sequence[User], endpoints: Sequence[Endpoint], at: datetime
) -> Conversation:
    """One of a person drawn so that a few have very many."""
    endpoint = endpoints[int(len(endpoints) * chance.random() ** 2)]
    state = _state(chance)
    return Conversation(
        owner=owners[int(len(owners) * chance.random() ** 3)],
        title=_sentence(chance, 6)[:120],
        message_count=LENGTH,
        created_at=at - timedelta(minutes=10),
        active_at=at,
        endpoint=endpoint,
        model=chance.choice(list(endpoint.models.all())).name,
        archived=chance.random() < 0.1,
        state=state,
        has_errors=state == Status.FAILED,
        has_images=chance.random() < 0.03,
    )


def _messages(
    chance: random.Random, conversation: Conversation, bodies: Sequence[dict[str, Any]]
) -> Iterator[Message]:
    parent: Message | None = None
    at = conversation.created_at
    for _ in range(LENGTH // 2):
        question = {"role": "user", "text": _sentence(chance, 12)}
        answer = {"role": "assistant", "model": conversation.model, "provider": "Endpoint"}
        for fields in (question, answer | chance.choice(bodies)):
            at += timedelta(seconds=30)
            parent = Message(conversation=conversation, parent=parent, created_at=at, **fields)
            yield parent


def _write(
    chance: random.Random,
    conversations: Sequence[Conversation],
    bodies: Sequence[dict[str, Any]],
    picture: Media,
) -> None:
    Conversation.objects.bulk_create(conversations)
    messages: list[Message] = []
    shown = []
    for one in conversations:
        messages += _messages(chance, one, bodies)
        messages[-1].status = one.state
        if one.state == Status.FAILED:
            messages[-1].error = {"code": "unavailable", "message": "", "can_retry": True}
        one.active_leaf = messages[-1]
        if one.has_images:
            shown.append(Message.media.through(message=messages[-1], media=picture))
    Message.objects.bulk_create(messages)
    Message.media.through.objects.bulk_create(shown)
    Conversation.objects.bulk_update(conversations, ["active_leaf"])


def _long(chance: random.Random, owner: User, bodies: Sequence[dict[str, Any]]) -> str:
    """One conversation of LONG messages; every tenth question was answered three times."""
    conversation = Conversation.objects.create(owner=owner, title="A very long one")
    messages: list[Message] = []
    parent: Message | None = None
    while len(messages) < LONG:
        question = Message(
            conversation=conversation, parent=parent, role="user", text=_sentence(chance, 12)
        )
        times = 3 if len(messages) % 20 == 0 else 1
        answers = [
            Message(conversation=conversation, parent=question, role="assistant", **body)
            for body in chance.choices(bodies, k=times)
        ]
        messages += [question, *answers]
        parent = answers[-1]
    Message.objects.bulk_create(messages)
    conversation.active_leaf, conversation.message_count = parent, len(messages)
    conversation.save()
    return str(conversation.pk)


def _once(owner: User) -> None:
    """The only message with a word, and one in a script that puts no spaces between words."""
    conversation = Conversation.objects.create(owner=owner, title="Once", message_count=1)
    conversation.active_leaf = Message.objects.create(
        conversation=conversation, role="user", text="A zyzzyva is a weevil. 全文检索很好用。"
    )
    conversation.save()


def _index() -> float:
    """Seconds that indexing everything takes."""
    started = time.monotonic()
    for _done, _total in index_everything():
        pass
    return time.monotonic() - started


def database(conversations: str) -> Any:
    """That many conversations of ten messages, and a long one; what the pages are asked for."""
    chance = random.Random(1)
    bodies, owners, endpoints = _bodies(chance), _people(), _endpoints()
    picture = store(owners[0], examine(PNG), Media.Origin.GENERATED, name="", alt="A dot")
    started, now = time.monotonic(), timezone.now()
    count = int(conversations)
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        times = [now - timedelta(minutes=MINUTES_BETWEEN * number) for number in numbers]
        made = [_conversation(chance, owners, endpoints, at) for at in times]
        _write(chance, made, bodies, picture)
    long = _long(chance, owners[1], bodies)
    _once(owners[-1])
    indexing = _index()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum would have done by then
    middle = Conversation.objects.order_by("-active_at")[count // 2]
    month = Conversation.objects.order_by("active_at")[count // 10].active_at.date()
    return {
        "middle": f"{middle.active_at.isoformat()}_{middle.pk}",
        "month": [str(month), str(month + timedelta(days=30))],
        "branch": str(_first_branch(long)),
        "seconds": time.monotonic() - started,
        "indexing": indexing,
        "messages": Message.objects.count(),
        "long": long,
        "endpoint": endpoints[0].pk,
        "model": endpoints[0].models.all()[0].name,
        "rare_model": list(endpoints[-1].models.all())[-1].name,
        "owner": owners[0].username,
        "rare_owner": owners[-1].username,
        "usual": str(Conversation.objects.exclude(pk=long).latest("active_at").pk),
        "session": sign_in(User.objects.get(username="auditor")),
        "owners_session": sign_in(owners[0]),
        "rare_owners_session": sign_in(owners[-1]),
    }


def _first_branch(conversation: str) -> Any:
    """The first of three answers to the first question."""
    question = Message.objects.get(conversation=conversation, parent=None)
    return question.children.order_by("created_at", "pk").values_list("pk", flat=True)[0]


COMMANDS: dict[str, Callable[..., Any]] = {"database": database}

if __name__ == "__main__":
    json.dump(COMMANDS[sys.argv[1]](*sys.argv[2:]), sys.stdout)

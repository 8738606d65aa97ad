"""Conversations for a benchmark, written straight into the product's database.

A process with the product's environment like benchmarks/seed.py:
`python -m benchmarks.fill WHAT ARGUMENT…` prints JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import texts  # noqa: E402
from webchat.generation.records import rendered  # noqa: E402
from webchat.models import Conversation, Message, User  # noqa: E402

ANSWER_CHARS = 1000
BODIES = 60  # answers that are rendered; a large database holds each of them many times
BATCH = 5000
LENGTH = 20  # messages of a conversation in a large database
OPENED = 20  # times a page is asked for; the quickest counts


def _messages(conversation: Conversation, answers: Sequence[dict[str, Any]]) -> Iterator[Message]:
    """Question and answer by turns, each below the one before."""
    parent: Message | None = None
    for number, answer in enumerate(answers):
        question = f"Question {number}: what does this say?"
        for fields in ({"role": "user", "text": question}, {"role": "assistant"} | answer):
            parent = Message(conversation=conversation, parent=parent, **fields)
            yield parent


def _answer(text: str) -> dict[str, Any]:
    """The columns of an answer as a run saves them."""
    return {"text": text, **rendered(Message().pk, text, ()), "provider": "Bench", "model": "m"}


def _save(conversation: Conversation, answers: Sequence[dict[str, Any]]) -> str:
    conversation.save()
    messages = list(_messages(conversation, answers))
    Message.objects.bulk_create(messages)
    conversation.active_leaf, conversation.message_count = messages[-1], len(messages)
    conversation.save()
    return str(conversation.pk)


def sample(username: str) -> Any:
    """The sample page of docs/performance.md."""
    conversation = Conversation(owner=User.objects.get(username=username), title="The sample page")
    return _save(conversation, [_answer(text) for text in texts.page_answers()])


def conversation(username: str, length: str) -> Any:
    """One conversation of `length` messages, no answer twice."""
    found = Conversation(owner=User.objects.get(username=username), title=f"{length} messages")
    bodies = [_answer(texts.answer(n, ANSWER_CHARS)) for n in range(int(length) // 2)]
    return _save(found, bodies)


def database(length: str) -> Any:
    """Fill up to `length` messages, spread over everybody's conversations; rows a second."""
    bodies = [_answer(texts.answer(n, ANSWER_CHARS)) for n in range(BODIES)]
    owners = list(User.objects.all())
    before, started = Message.objects.count(), time.monotonic()
    missing = int(length) - before
    for start in range(0, missing, BATCH):
        _batch(bodies, owners, min(BATCH, missing - start) // LENGTH, start)
    seconds = time.monotonic() - started
    size = (settings.DATA_DIR / "db.sqlite3").stat().st_size
    return {"rows": missing, "seconds": seconds, "bytes": size}


def _batch(
    bodies: Sequence[dict[str, Any]], owners: Sequence[User], count: int, start: int
) -> None:
    now = timezone.now()
    conversations = [
        Conversation(
            owner=owners[number % len(owners)],
            title=f"Conversation {start + number}",
            message_count=LENGTH,
            active_at=now - timedelta(minutes=start + number),
        )
        for number in range(count)
    ]
    Conversation.objects.bulk_create(conversations)
    messages = []
    for number, one in enumerate(conversations):
        turns = [bodies[(number + turn) % len(bodies)] for turn in range(LENGTH // 2)]
        messages += list(_messages(one, turns))
        one.active_leaf = messages[-1]
    Message.objects.bulk_create(messages)
    Conversation.objects.bulk_update(conversations, ["active_leaf"])


def newest(username: str) -> Any:
    """The id of this person's newest conversation."""
    return str(Conversation.objects.filter(owner__username=username).latest("active_at").pk)


def cost(path: str, session: str) -> Any:
    """What the views do for one page: queries, seconds (the quickest of some), characters of HTML."""
    client = Client(headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    seconds = []
    for _ in range(OPENED):
        started = time.perf_counter()
        page = client.get(path)
        seconds.append(time.perf_counter() - started)
    with CaptureQueriesContext(connection) as captured:
        page = client.get(path)
    assert page.status_code == 200, page.status_code
    return {
        "queries": len(captured),
        "seconds": min(seconds),
        "chars": len(page.content),
    }


COMMANDS: dict[str, Callable[..., Any]] = {
    "sample": sample,
    "conversation": conversation,
    "database": database,
    "newest": newest,
    "cost": cost,
}

if __name__ == "__main__":
    json.dump(COMMANDS[sys.argv[1]](*sys.argv[2:]), sys.stdout)

"""Bringing what was written into the index: a little each second, or everything at once."""

import time
from collections.abc import Iterator
from uuid import UUID

from django.db import connection, transaction

from webchat.db import db, db_write
from webchat.models import Conversation, Message
from webchat.search.engine import Entry
from webchat.search.engines import engine
from webchat.search.triggers import QUEUE_ALL
from webchat.search.words import words

BATCH = 50  # entries a transaction: others who want to write wait for ten milliseconds at most
BUDGET = 0.05  # seconds of work a turn; what an upgrade or an import leaves takes many turns
FILLING = 500  # entries a transaction when the operator asks for everything


async def index_new() -> None:
    """Index what was written since the last turn, the newest first; a chore of every process."""
    end = time.monotonic() + BUDGET
    if await db(is_waiting):
        while await db_write(index_some) and time.monotonic() < end:
            pass


def is_waiting() -> bool:
    """Whether there is anything to index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM search_queue LIMIT 1")
        return cursor.fetchone() is not None


def index_some(limit: int = BATCH, *, wait: bool = False) -> int:
    """Index the last `limit` of the queue; how many are done. Safe in many processes at once.

    While another one indexes there is nothing to do, unless `wait` says so.
    """
    with transaction.atomic():
        if not engine().alone(wait=wait):
            return 0
        queued = _queued(limit)
        sources = {source for _, source in queued}
        entries = _entries(sources)
        held = _held(sources - {entry.source for entry in entries})
        done = [place for place, source in queued if source not in held]
        engine().write(entries)
        _leave(done)
    return len(done)


def index_everything() -> Iterator[tuple[int, int]]:
    """Make the index anew, while people go on; yields how many entries are done, of how many."""
    with engine().filling():
        with transaction.atomic(), connection.cursor() as cursor:
            engine().alone(wait=True)
            engine().empty()
            cursor.execute("DELETE FROM search_queue")
            cursor.execute(QUEUE_ALL)
            total = cursor.rowcount
        done = 0
        yield done, total
        while some := index_some(FILLING, wait=True):
            done += some
            yield min(done, total), total


def _queued(limit: int) -> list[tuple[int, UUID]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, source FROM search_queue ORDER BY id DESC LIMIT %s", [limit])
        return [(place, UUID(str(source))) for place, source in cursor.fetchall()]


def _leave(places: list[int]) -> None:
    if places:
        with connection.cursor() as cursor:
            marks = ", ".join(["%s"] * len(places))
            cursor.execute(f"DELETE FROM search_queue WHERE id IN ({marks})", places)  # noqa: S608 - marks only


def _entries(sources: set[UUID]) -> list[Entry]:
    """What these say now. Locked, so that none is deleted before its entry is there to go too."""
    messages = (
        Message.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(pk__in=sources)
        .exclude(status=Message.Status.STREAMING)
        .order_by()
        .values_list("pk", "conversation_id", "conversation__owner_id", "created_at", "text")
    )
    titles = (
        Conversation.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk__in=sources)
        .order_by()
        .values_list("pk", "pk", "owner_id", "created_at", "title")
    )
    return [
        Entry(source, conversation, owner, written_at, words(text))
        for source, conversation, owner, written_at, text in [*messages, *titles]
    ]


def _held(sources: set[UUID]) -> set[UUID]:
    """Those of these that are there all the same: somebody is at work on them, so they wait."""
    if not sources:
        return set()
    ended = Message.objects.exclude(status=Message.Status.STREAMING)
    held = set(ended.filter(pk__in=sources).order_by().values_list("pk", flat=True))
    return held | set(
        Conversation.objects.filter(pk__in=sources).order_by().values_list("pk", flat=True)
    )

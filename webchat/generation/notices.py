"""Rare news for everybody who watches on behalf of one person: a log a person."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

log = logging.getLogger(__name__)

WAITING_MAX = 200  # a listener only passes notices on; one that is this far behind is stuck


@dataclass(frozen=True)
class AnswerBegan:
    conversation: UUID
    run: UUID
    client_id: UUID
    question: UUID | None
    answer: UUID
    replaces: UUID | None


@dataclass(frozen=True)
class ConversationUpdated:
    conversation: UUID


@dataclass(frozen=True)
class ConversationDeleted:
    conversation: UUID


Notice = AnswerBegan | ConversationUpdated | ConversationDeleted

_listeners: defaultdict[int, set[asyncio.Queue[Notice]]] = defaultdict(set)


@contextmanager
def listen(owner_id: int) -> Iterator[asyncio.Queue[Notice]]:
    """A queue that fills with this person's notices while the context is open."""
    queue: asyncio.Queue[Notice] = asyncio.Queue(WAITING_MAX)
    _listeners[owner_id].add(queue)
    try:
        yield queue
    finally:
        _listeners[owner_id].discard(queue)
        if not _listeners[owner_id]:
            del _listeners[owner_id]


def is_heard(owner_id: int) -> bool:
    """Whether anybody in this process listens for this person."""
    return owner_id in _listeners


def publish(owner_id: int, notice: Notice) -> None:
    """Tell everybody who listens for this person; never waits."""
    for queue in tuple(_listeners.get(owner_id, ())):
        try:
            queue.put_nowait(notice)
        except asyncio.QueueFull:
            log.warning("a listener of user %d is stuck; it misses a notice", owner_id)

"""How processes hear of each other's runs and notices.

Without a Redis they only read what is saved; with one (REDIS_URL) they hear it at once.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

from django.conf import settings

from webchat.generation import mirror, notices
from webchat.generation.log import RunLog
from webchat.generation.mirror import Mirror

if settings.REDIS_URL:
    from webchat.generation.redis_relay import RedisRelay


class Relay(Protocol):
    """What passes between processes."""

    def start(self) -> None:
        """Begin to pass on; needs a running loop."""

    async def close(self) -> None:
        """Pass on what is left, then let go."""

    def share(self, run: UUID, log: RunLog) -> None:
        """Pass on this log of a run of this process, until it has ended."""

    def hear(self, run: UUID, mirror: Mirror) -> None:
        """Let the mirror grow with the log of another process's run."""

    def ignore(self, run: UUID) -> None:
        """Hear no more of this run."""

    async def recall(self, run: UUID) -> Mirror | None:
        """All that a run's process has told of it; for when that process is gone."""

    def tell(self, owner: int, notice: notices.Notice) -> None:
        """Pass on a notice to the other processes."""

    def attend(self, owner: int) -> None:
        """Hear the notices that other processes tell this person."""


class NoRelay:
    """One process, or several that meet in the database only."""

    def start(self) -> None: ...

    async def close(self) -> None: ...

    def share(self, run: UUID, log: RunLog) -> None: ...

    def hear(self, run: UUID, mirror: Mirror) -> None: ...

    def ignore(self, run: UUID) -> None: ...

    async def recall(self, run: UUID) -> Mirror | None:
        return None

    def tell(self, owner: int, notice: notices.Notice) -> None: ...

    def attend(self, owner: int) -> None: ...


def make_relay() -> Relay:
    return RedisRelay(settings.REDIS_URL) if settings.REDIS_URL else NoRelay()


relay: Relay = make_relay()

_watching: dict[UUID, asyncio.Task[None]] = {}


def open_log(run: UUID, message: UUID) -> RunLog:
    """The log of another process's run; it grows until `close_log`."""
    mirrored = Mirror()
    _watching[run] = asyncio.create_task(mirror.watch(message, mirrored))
    relay.hear(run, mirrored)
    return mirrored.log


def close_log(run: UUID) -> None:
    if (task := _watching.pop(run, None)) is not None:
        task.cancel()
        relay.ignore(run)


@contextmanager
def listen(owner: int) -> Iterator[asyncio.Queue[notices.Notice]]:
    """A queue that fills with this person's notices, whichever process publishes them."""
    with notices.listen(owner) as queue:
        relay.attend(owner)
        yield queue


def publish(owner: int, notice: notices.Notice) -> None:
    """Tell everybody who listens for this person, in this process and the others."""
    notices.publish(owner, notice)
    relay.tell(owner, notice)

"""Ending runs that nobody makes any more: their process is gone, or could not save their end.

That is so when the heartbeat of a run has not changed for several looks.
No clock is compared: neither a clock that jumps nor our own pause can make the living look dead.
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from django.db import Error as DatabaseError

from webchat.db import db_write
from webchat.generation import records
from webchat.generation.mirror import Mirror
from webchat.generation.relay import relay

log = logging.getLogger(__name__)

LOOKS = 4  # each after settings.REAPER_SECONDS; a heartbeat comes every 0.4 s


class Reaper:
    """What this process has seen of the runs it does not make; `held` tells those it does."""

    def __init__(self, held: Callable[[], Collection[UUID]]) -> None:
        self._held = held
        self._seen: dict[UUID, tuple[datetime, int]] = {}

    async def look(self) -> None:
        """Look at every heartbeat once; interrupt the runs that have been without for long."""
        try:
            await self._look()
        except BaseException:
            self._seen.clear()  # who could not look for a while begins anew
            raise

    async def _look(self) -> None:
        beats = await db_write(records.heartbeats, self._held())
        self._seen = {run: self._count(run, beat) for run, beat in beats.items()}
        for run, (beat, looks) in list(self._seen.items()):
            if looks >= LOOKS:
                await self._try_to_interrupt(run, beat)

    def _count(self, run: UUID, beat: datetime) -> tuple[datetime, int]:
        former, looks = self._seen.get(run, (beat, 0))
        return (beat, looks + 1) if beat == former else (beat, 0)

    async def _try_to_interrupt(self, run: UUID, beat: datetime) -> None:
        """One that cannot be ended keeps the others waiting for nothing."""
        try:
            await self._interrupt(run, beat)
        except DatabaseError:
            raise
        except Exception:
            log.exception("run %s cannot be interrupted", run)

    async def _interrupt(self, run: UUID, beat: datetime) -> None:
        told = await relay.recall(run)
        await db_write(records.interrupt, run, beat, told or Mirror())

"""Ending what processes that are gone have left behind.

A process counts as gone when the heartbeat of its run has not changed for several of our looks.
No clock is compared: neither a clock that jumps nor our own pause can make the living look dead.
"""

from datetime import datetime
from uuid import UUID

from webchat.db import db_write
from webchat.generation import records
from webchat.generation.relay import relay

LOOK_SECONDS = 1.5
LOOKS = 4  # six seconds without a heartbeat, which comes every 0.4 s


class Reaper:
    """What this process has seen of the others' runs."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._seen: dict[UUID, tuple[datetime, int]] = {}

    def forget(self) -> None:
        """Begin anew; for when we could not look for a while."""
        self._seen.clear()

    async def look(self) -> None:
        """Look at every heartbeat once; interrupt the runs that have been without for long."""
        try:
            await self._look()
        except BaseException:
            self.forget()
            raise

    async def _look(self) -> None:
        beats = await db_write(records.heartbeats, self._node)
        self._seen = {run: self._count(run, beat) for run, beat in beats.items()}
        for run, (beat, looks) in list(self._seen.items()):
            if looks >= LOOKS:
                await self._interrupt(run, beat)

    def _count(self, run: UUID, beat: datetime) -> tuple[datetime, int]:
        former, looks = self._seen.get(run, (beat, 0))
        return (beat, looks + 1) if beat == former else (beat, 0)

    async def _interrupt(self, run: UUID, beat: datetime) -> None:
        told = await relay.recall(run)
        text, reasoning = (told.text, told.reasoning) if told else ("", "")
        await db_write(records.interrupt, run, beat, text, reasoning)

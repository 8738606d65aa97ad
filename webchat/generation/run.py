"""One answer in the making.

Two tasks: the *pump* reads the provider into the log and the draft; the *owner* waits for the
pump, the deadline or a stop, saves the message and ends the run. Stop cancels the pump, never
the owner, so whatever has come is kept.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DataError, IntegrityError
from django.db import Error as DatabaseError

from providers import pulse
from providers.base import AsyncResult
from providers.errors import ProviderError, Timeout, UnexpectedResponse
from providers.fetch import fetch_image
from providers.response import FinishReason, ImageResponse, Usage, Value
from webchat.db import db, db_write
from webchat.generation import images, metering, outcomes, records
from webchat.generation.assignment import Assignment
from webchat.generation.draft import Draft
from webchat.generation.errors import Refused
from webchat.generation.log import Ended, Pictures, RunLog, Waiting
from webchat.generation.queue import Queue
from webchat.logs.context import bind_run
from webchat.metrics.answers import count_answer
from webchat.models import Message, Outcome
from webchat.rendering.apart import apart

log = logging.getLogger(__name__)

ESSENTIAL = ("status", "text", "reasoning", "html", "renderer_version")
SAVE_PAUSES = (0.2, 0.5, 1, 2, 4, 8, 15, 30)  # seconds; a locked or restarting database comes back

Status = Message.Status
Ask = Callable[[], Awaitable[AsyncResult]]
"""Puts the question to the provider, when its turn has come."""


class Run:
    """Lives in the process that asks the provider; everybody else sees its log."""

    def __init__(
        self, node: str, assignment: Assignment, ask: Ask, draft: Draft, queue: Queue
    ) -> None:
        self.node = node
        self.assignment = assignment
        self.log = RunLog()
        self.draft = draft
        for entry in draft.entries():
            self.log.append(entry)
        self._ask = ask
        self._queue = queue
        self.is_waiting = True
        self._asked_at = self._heard_at = time.monotonic()
        self._end_as: Status | None = None
        self._lost = False
        self._pump: asyncio.Task[None] | None = None
        self._owner: asyncio.Task[None] | None = None
        self._saved_seq = 0
        self._saved_sources = draft.sources

    @property
    def id(self) -> UUID:
        return self.assignment.run

    def start(self) -> asyncio.Task[None]:
        """Begin. The returned owner task ends when the message is saved."""
        self._pump = asyncio.create_task(self._read(), name=f"pump {self.id}")
        self._owner = asyncio.create_task(self._own(self._pump), name=f"owner {self.id}")
        return self._owner

    def stop(self, status: Status | None = Status.STOPPED) -> None:
        """Read no further and end with `status`; None when the run belongs to somebody else."""
        if self._pump is None or self._pump.done():
            return
        if status is None:
            self._lost = True
        if self._end_as is None:
            self._end_as = status or Status.INTERRUPTED
        self._pump.cancel()

    def checkpoint(self) -> records.Checkpoint:
        """The run as it stands now, with its text when that is not saved yet."""
        seq = self.log.seq
        changed = seq != self._saved_seq
        return records.Checkpoint(
            run=self.id,
            message=self.assignment.message,
            text=self.draft.text if changed else "",
            reasoning=self.draft.reasoning if changed else "",
            changed=changed,
            seq=seq,
            sources=self.draft.sources if self.draft.sources is not self._saved_sources else None,
        )

    def saved(self, checkpoint: records.Checkpoint) -> None:
        """The checkpoint is in the database."""
        self._saved_seq = checkpoint.seq
        if checkpoint.sources is not None:
            self._saved_sources = checkpoint.sources

    async def _read(self) -> None:
        bind_run(self.id)
        pulse.listen(self._heard)
        if not self.assignment.has_turn:
            await self._queue.turn(self.id, lambda ahead: self.log.append(Waiting(ahead)))
            await db(metering.check_tokens, self.assignment.owner)
        self._asked()
        async with await self._ask() as result:
            await self._read_from(result)

    async def _read_from(self, result: AsyncResult) -> None:
        async for value in result:
            self._heard()
            await self._take(self.draft.fit(value))
            if self.draft.is_cut:
                self.draft.finish_reason = "length"
                return

    def _heard(self) -> None:
        """The upstream lives; it may say so without a value."""
        self._heard_at = time.monotonic()

    def _asked(self) -> None:
        """The turn has come."""
        self.is_waiting = False
        if self.log.seq and isinstance(self.log.since(self.log.seq - 1)[0], Waiting):
            self.log.append(Waiting(None))
        self._asked_at = self._heard_at = time.monotonic()
        self.draft.begin()

    async def _take(self, value: Value) -> None:
        if isinstance(value, ImageResponse):
            await self._keep_pictures(value)
            return
        self.draft.add(value)
        if not isinstance(value, Usage | FinishReason):
            self.log.append(value)

    async def _keep_pictures(self, response: ImageResponse) -> None:
        for image in response.images:
            data = await self._picture(image)
            self._heard()
            media = await self._store(data, response.alt)
            self.draft.add_media(media)
            self.log.append(Pictures((media,)))

    async def _store(self, data: bytes, alt: str) -> UUID:
        owner, message = self.assignment.owner, self.assignment.message
        try:
            media = await db_write(images.store_generated, owner, message, data, alt)
        except Refused as error:
            raise UnexpectedResponse(
                "The provider sent a picture that cannot be read.", detail=error.code
            ) from error
        return media.pk

    async def _picture(self, image: str | bytes) -> bytes:
        if isinstance(image, bytes):
            return image
        assignment = self.assignment
        return await fetch_image(
            image, allowed_origin=assignment.allowed_origin, proxy=assignment.proxy
        )

    async def _own(self, pump: asyncio.Task[None]) -> None:
        bind_run(self.id)
        try:
            await self._wait_for(pump)
            end = self._outcome(pump)
            if not self._lost:
                await self._save(end)
            self.log.append(Ended(end["status"]))
        except Exception:
            log.exception("run %s could not be ended", self.id)
        finally:
            if not self.log.ended:
                self.log.append(Ended(Status.INTERRUPTED))

    async def _wait_for(self, pump: asyncio.Task[None]) -> None:
        """Wait until the pump ends; cancel it when it is silent or at work for too long."""
        while not pump.done():
            remaining = self._patience - time.monotonic()
            if remaining <= 0 and self._end_as is None:
                self._end_as = Status.FAILED
                pump.cancel()
            await asyncio.wait({pump}, timeout=min(max(remaining, 0.05), self._silence))

    @property
    def _patience(self) -> float:
        """When the run is given up, on the monotonic clock."""
        deadline = self._asked_at + (self.assignment.deadline or settings.RUN_DEADLINE)
        return deadline if self.is_waiting else min(deadline, self._heard_at + self._silence)

    @property
    def _silence(self) -> float:
        return self.assignment.silence or settings.RUN_IDLE

    def _outcome(self, pump: asyncio.Task[None]) -> dict[str, Any]:
        """The status and error the message ends with."""
        error = None if pump.cancelled() else pump.exception()
        if self._end_as is Status.FAILED:
            error = Timeout(detail="no value in time")
        elif self._end_as is not None:
            return {"status": self._end_as}
        if error is None and not pump.cancelled():
            return self._good_end()
        return {"status": Status.FAILED, "error": self._describe(error)}

    def _good_end(self) -> dict[str, Any]:
        if self.draft.is_empty:
            empty = UnexpectedResponse("The provider sent an empty answer.", detail="empty")
            return {"status": Status.FAILED, "error": self._describe(empty)}
        return {"status": Status.COMPLETE}

    def _describe(self, error: BaseException | None) -> dict[str, Any]:
        if not isinstance(error, ProviderError | Refused):
            log.error("run %s failed", self.id, exc_info=error)
            error = ProviderError()
        log.warning("run %s: %s: %s", self.id, error.code, getattr(error, "detail", ""))
        can_retry = getattr(error, "can_retry", True)
        described = {"code": error.code, "message": error.message, "can_retry": can_retry}
        retry_after = getattr(error, "retry_after", None)
        return described | ({"retry_after": retry_after} if retry_after is not None else {})

    async def _save(self, end: dict[str, Any]) -> None:
        """Save the end, patiently; a run that was lost to another process saves nothing."""
        message = self.assignment.message
        fields = await apart(self.draft.chars, records.answer_fields, message, self.draft) | end
        outcome = outcomes.of_run(self.assignment, self.draft, end)
        for pause in (*SAVE_PAUSES, None):
            try:
                await self._save_fields(fields, outcome)
                return
            except (IntegrityError, DataError):
                log.exception("run %s holds something that the database refuses", self.id)
                essential = {name: fields[name] for name in ESSENTIAL}
                await self._save_fields(essential, outcome)
                return
            except DatabaseError as error:
                if pause is None:
                    raise
                log.warning("run %s is not saved yet: %s", self.id, error)
                await asyncio.sleep(pause)

    async def _save_fields(self, fields: dict[str, Any], outcome: Outcome) -> None:
        conversation = self.assignment.conversation
        if await db_write(records.save_end, self.node, self.id, conversation, fields, outcome):
            count_answer(outcome)
        else:
            log.warning("run %s was ended by somebody else", self.id)

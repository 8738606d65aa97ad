"""The log of a run that another process makes, rebuilt from what that process saves."""

import asyncio
import logging
from uuid import UUID

from django.db import Error as DatabaseError

from providers.response import Reasoning, Source, Sources
from webchat.db import db
from webchat.generation.log import Ended, Pictures, RunLog
from webchat.models import Message, Run

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5  # a little more than a checkpoint takes

_mirrors: dict[UUID, asyncio.Task[None]] = {}


def open_log(run: Run) -> RunLog:
    """A log that grows with the saved message until `close_log`."""
    mirrored = RunLog()
    _mirrors[run.pk] = asyncio.create_task(_poll(run, mirrored))
    return mirrored


def close_log(run: UUID) -> None:
    if (task := _mirrors.pop(run, None)) is not None:
        task.cancel()


def _load(message: UUID) -> tuple[Message, list[UUID]] | None:
    found = Message.objects.filter(pk=message).first()
    if found is None:
        return None
    return found, list(found.media.values_list("pk", flat=True))


async def _poll(run: Run, mirrored: RunLog) -> None:
    text = reasoning = ""
    while True:
        try:
            loaded = await db(_load, run.message_id)
        except DatabaseError as error:
            log.warning("run %s cannot be followed for a moment: %s", run.pk, error)
            await asyncio.sleep(POLL_SECONDS)
            continue
        if loaded is None:
            mirrored.append(Ended(Message.Status.STOPPED))
            return
        message, media = loaded
        if len(message.reasoning) > len(reasoning):
            mirrored.append(Reasoning(message.reasoning[len(reasoning) :]))
            reasoning = message.reasoning
        if len(message.text) > len(text):
            mirrored.append(message.text[len(text) :])
            text = message.text
        if not message.is_streaming:
            _append_end(mirrored, message, media)
            return
        await asyncio.sleep(POLL_SECONDS)


def _append_end(mirrored: RunLog, message: Message, media: list[UUID]) -> None:
    if message.sources:
        mirrored.append(Sources(tuple(Source(**source) for source in message.sources)))
    if media:
        mirrored.append(Pictures(tuple(media)))
    mirrored.append(Ended(message.status))

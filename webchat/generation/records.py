"""How a run is written down: checkpoints, its end, and what other processes leave behind.

Every write names the node that makes it and the status it expects, so that a process which lost
a run (it was paused, somebody else ended it) can never overwrite what came after.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from providers.response import Source
from webchat.generation.draft import Draft
from webchat.models import Conversation, Message, Run
from webchat.rendering.markdown import RENDERER_VERSION, render


@dataclass(frozen=True)
class Checkpoint:
    """A run as it stands; `changed` says whether there is new text to save."""

    run: UUID
    message: UUID
    text: str
    reasoning: str
    changed: bool
    seq: int = 0


@dataclass(frozen=True)
class CheckpointResult:
    lost: frozenset[UUID]
    stop: frozenset[UUID]


def _streaming(node: str, run: UUID) -> Any:
    return Message.objects.filter(run=run, run__node=node, status=Message.Status.STREAMING)


def save_checkpoints(node: str, checkpoints: Sequence[Checkpoint]) -> CheckpointResult:
    """Save all runs of a process in one transaction; tell which were lost and which to stop."""
    runs = [checkpoint.run for checkpoint in checkpoints]
    with transaction.atomic():
        mine = Run.objects.filter(pk__in=runs, node=node, message__status=Message.Status.STREAMING)
        held = dict(mine.values_list("pk", "stop_requested_at"))
        Run.objects.filter(pk__in=held).update(heartbeat_at=Now())
        _save_texts([c for c in checkpoints if c.changed and c.run in held])
    return CheckpointResult(
        lost=frozenset(runs) - frozenset(held),
        stop=frozenset(pk for pk, requested in held.items() if requested),
    )


def _save_texts(checkpoints: Sequence[Checkpoint]) -> None:
    """In one statement for all: the ORM takes a millisecond for each, several times a second."""
    key = Message._meta.pk
    rows = [
        (
            c.text,
            c.reasoning,
            key.get_db_prep_value(c.message, connection),
            Message.Status.STREAMING,
        )
        for c in checkpoints
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {Message._meta.db_table} SET text = %s, reasoning = %s"  # noqa: S608 - no input
                " WHERE id = %s AND status = %s",
                rows,
            )


def save_end(node: str, run: UUID, conversation: UUID, fields: dict[str, Any]) -> bool:
    """Save an answer as ended. False when the run was no longer this node's."""
    with transaction.atomic():
        Conversation.objects.select_for_update().filter(pk=conversation).first()
        if not _streaming(node, run).update(**fields):
            return False
        Conversation.objects.filter(pk=conversation).update(active_at=timezone.now())
    return True


def answer_fields(message: UUID, draft: Draft) -> dict[str, Any]:
    """The columns of a message that come from its draft, rendered HTML included."""
    text = draft.text
    return {
        "text": text,
        "reasoning": draft.reasoning,
        "reasoning_seconds": draft.reasoning_seconds,
        "sources": list(draft.sources),
        "usage": draft.usage,
        "timings": draft.timings,
        "finish_reason": draft.finish_reason[:40],
        **rendered(message, text, draft.sources),
    }


def rendered(message: UUID, text: str, sources: Sequence[dict[str, str]]) -> dict[str, Any]:
    """The HTML of an answer and the version of the renderer that made it."""
    return {
        "html": str(render(text, [Source(**source) for source in sources], key=message.hex)),
        "renderer_version": RENDERER_VERSION,
    }


def heartbeats(held: Collection[UUID]) -> dict[UUID, datetime]:
    """The heartbeat of every run at work but those that are `held` here.

    Waits for the place of a writer, as a heartbeat does: while nobody can write, nobody looks dead.
    """
    with transaction.atomic():
        others = Run.objects.filter(message__status=Message.Status.STREAMING).exclude(pk__in=held)
        return dict(others.values_list("pk", "heartbeat_at"))


def interrupt(run: UUID, heartbeat: datetime, text: str, reasoning: str) -> bool:
    """End a run whose process is gone, with what was saved or told last, whichever is longer.

    False when there was a heartbeat since, or somebody else was faster.
    """
    with transaction.atomic():
        found = (
            Run.objects.select_for_update(of=("self", "message"))
            .select_related("message")
            .filter(pk=run, message__status=Message.Status.STREAMING)
            .first()
        )
        # Compared here: SQLite's own clock writes fewer digits than a parameter has.
        if found is None or found.heartbeat_at != heartbeat:
            return False
        message = found.message
        message.text = max(message.text, text, key=len)
        message.reasoning = max(message.reasoning, reasoning, key=len)
        message.status = Message.Status.INTERRUPTED
        for name, value in rendered(message.pk, message.text, message.sources).items():
            setattr(message, name, value)
        message.save(update_fields=["text", "reasoning", "status", "html", "renderer_version"])
    return True


def request_stop(run: UUID) -> None:
    """Ask whichever process owns the run to end it."""
    Run.objects.filter(pk=run, stop_requested_at=None).update(stop_requested_at=Now())

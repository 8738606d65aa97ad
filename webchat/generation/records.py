"""How a run is written down: checkpoints, its end, and what other processes leave behind.

Every write names the node that makes it and the status it expects, so that a process which lost
a run (it was paused, somebody else ended it) can never overwrite what came after.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from providers.response import Source
from webchat.generation import outcomes
from webchat.generation.draft import Draft
from webchat.generation.mirror import Mirror
from webchat.models import Conversation, Message, Outcome, Run
from webchat.rendering.markdown import RENDERER_VERSION, join, plain, render
from webchat.rendering.source import clean
from webchat.sql import assigned, columns, key

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """A run as it stands; `changed` says whether there is new text to save, `sources` are None
    where they are the ones saved before.
    """

    run: UUID
    message: UUID
    text: str
    reasoning: str
    changed: bool
    seq: int = 0
    sources: tuple[dict[str, str], ...] | None = None


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
        kept = [checkpoint for checkpoint in checkpoints if checkpoint.run in held]
        _save_texts([checkpoint for checkpoint in kept if checkpoint.changed])
        for checkpoint in kept:
            if checkpoint.sources is not None:
                _streaming(node, checkpoint.run).update(sources=list(checkpoint.sources))
    return CheckpointResult(
        lost=frozenset(runs) - frozenset(held),
        stop=frozenset(pk for pk, requested in held.items() if requested),
    )


def _save_texts(checkpoints: Sequence[Checkpoint]) -> None:
    """In one statement for all: the ORM takes a millisecond for each, several times a second."""
    rows = [(c.text, c.reasoning, key(c.message), Message.Status.STREAMING) for c in checkpoints]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {Message._meta.db_table} SET text = %s, reasoning = %s"  # noqa: S608 - no input
                " WHERE id = %s AND status = %s",
                rows,
            )


def save_end(
    node: str, run: UUID, conversation: UUID, fields: dict[str, Any], outcome: Outcome
) -> bool:
    """Save an answer as ended. False when the run was no longer this node's."""
    with transaction.atomic():
        # The conversation first, as everybody does: who writes a row holds it.
        _repeat_end(conversation, outcome.message_id, outcome.status, timezone.now())
        if not _write_end(node, run, outcome.message_id, fields):
            transaction.set_rollback(True)
            return False
        outcomes.add(outcome)
    return True


def _write_end(node: str, run: UUID, message: UUID, fields: dict[str, Any]) -> bool:
    written = columns(Message, fields)
    values = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(written, fields.values(), strict=True)
    ]
    where = [key(message), Message.Status.STREAMING, key(run), node]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Message._meta.db_table} SET {assigned(written)}"  # noqa: S608 - no input
            " WHERE id = %s AND status = %s AND EXISTS ("
            f"SELECT 1 FROM {Run._meta.db_table} r"
            f" WHERE r.message_id = {Message._meta.db_table}.id AND r.id = %s AND r.node = %s)",
            [*values, *where],
        )
        return bool(cursor.rowcount == 1)


def _repeat_end(conversation: UUID, message: UUID, status: str, at: datetime | None = None) -> None:
    """Let the conversation say what became of an answer of it; its state is the newest one's.

    `at` is its new last activity; None leaves that as it is.
    """
    [active_at] = columns(Conversation, ["active_at"])
    moment = active_at.get_db_prep_value(at, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Conversation._meta.db_table} SET active_at = COALESCE(%s, active_at),"  # noqa: S608 - no input
            " state = CASE WHEN active_leaf_id = %s THEN %s ELSE state END,"
            " has_errors = (has_errors OR %s) WHERE id = %s",
            [moment, key(message), status, status == Message.Status.FAILED, key(conversation)],
        )


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
    """The HTML of an answer and the version of the renderer that made it.

    A text the renderer fails on is shown as it was written: its answer has to end all the same.
    """
    try:
        html = render(text, [Source(**source) for source in sources], key=message.hex)
    except Exception:
        log.exception("message %s cannot be rendered", message)
        html = join([plain(clean(text))])
    return {"html": str(html), "renderer_version": RENDERER_VERSION}


def heartbeats(held: Collection[UUID]) -> dict[UUID, datetime]:
    """The heartbeat of every run at work but those that are `held` here.

    Waits for the place of a writer, as a heartbeat does: while nobody can write, nobody looks dead.
    """
    with transaction.atomic():
        others = Run.objects.filter(message__status=Message.Status.STREAMING).exclude(pk__in=held)
        return dict(others.values_list("pk", "heartbeat_at"))


def interrupt(run: UUID, heartbeat: datetime, told: Mirror) -> bool:
    """End a run whose process is gone, with what was saved or told last, whichever is longer.

    False when there was a heartbeat since, or somebody else was faster.
    """
    with transaction.atomic():
        # Locked first, as everybody does.
        Conversation.objects.select_for_update(of=("self",)).filter(messages__run=run).first()
        found = (
            Run.objects.select_for_update(of=("self", "message"))
            .select_related("message__conversation")
            .filter(pk=run, message__status=Message.Status.STREAMING)
            .first()
        )
        # Compared here: SQLite's own clock writes fewer digits than a parameter has.
        if found is None or found.heartbeat_at != heartbeat:
            return False
        message = found.message
        message.text = max(message.text, told.text, key=len)
        message.reasoning = max(message.reasoning, told.reasoning, key=len)
        message.sources = [asdict(source) for source in told.sources] or message.sources
        message.status = Message.Status.INTERRUPTED
        html = rendered(message.pk, message.text, message.sources)
        for name, value in html.items():
            setattr(message, name, value)
        message.save(update_fields=["text", "reasoning", "sources", "status", *html])
        _repeat_end(message.conversation_id, message.pk, message.status)
        outcomes.add(outcomes.of_lost(found, Message.Status.INTERRUPTED))
    return True


def request_stop(run: UUID) -> None:
    """Ask whichever process owns the run to end it."""
    Run.objects.filter(pk=run, stop_requested_at=None).update(stop_requested_at=Now())

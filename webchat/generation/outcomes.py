"""What became of an answer, written beside its end: the figures that outlive its conversation."""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field
from django.utils import timezone

from webchat.generation.assignment import Assignment
from webchat.generation.draft import Draft
from webchat.generation.prompt import prompt
from webchat.generation.tokens import estimate, estimate_prompt
from webchat.models import Endpoint, Message, Outcome, Run

TOKENS_MAX = 2**31 - 1  # what the columns hold; a broken upstream may count further


def of_run(assignment: Assignment, draft: Draft, end: dict[str, Any]) -> Outcome:
    """The outcome of an answer that ends here, with `end` as the columns of its message."""
    return Outcome(
        message_id=assignment.message,
        owner_id=assignment.owner,
        endpoint_id=assignment.endpoint,
        provider=assignment.provider,
        model=assignment.model,
        status=end["status"],
        error_code=end.get("error", {}).get("code", ""),
        first_seconds=draft.first_seconds,
        total_seconds=draft.total_seconds,
        started_at=assignment.started_at,
        ended_at=timezone.now(),
        **_tokens(draft, end["status"]),
    )


def _tokens(draft: Draft, status: str) -> dict[str, int]:
    if status == Message.Status.FAILED and draft.first is None:
        return {}  # who refuses a question charges nothing for it
    told = draft.usage
    prompted = told.get("prompt_tokens", draft.prompt_tokens)
    completed = told.get("completion_tokens")
    if completed is None:
        completed = draft.completion_tokens
    return {
        "prompt_tokens": max(0, min(prompted, TOKENS_MAX)),
        "completion_tokens": max(0, min(completed, TOKENS_MAX)),
        "estimated": not {"prompt_tokens", "completion_tokens"} <= told.keys(),
    }


def of_lost(run: Run, status: Message.Status) -> Outcome:
    """The outcome of an answer that ends without its process; `run` with message and conversation.

    Only the texts are known. An answer that went on from another counts that one's text again.
    """
    message, conversation = run.message, run.message.conversation
    sent = prompt(conversation, message.parent_id, images=False) if message.parent_id else []
    return Outcome(
        message_id=message.pk,
        owner_id=run.owner_id,
        endpoint_id=run.endpoint_id,
        provider=message.provider,
        model=message.model,
        status=status,
        prompt_tokens=min(estimate_prompt(sent), TOKENS_MAX),
        completion_tokens=estimate(message.text) + estimate(message.reasoning),
        estimated=True,
        started_at=run.started_at,
        ended_at=timezone.now(),
    )


def add(outcome: Outcome) -> None:
    """Write it down, once for a message. In plain SQL, as it comes with every answer."""
    values = [
        field.get_db_prep_save(getattr(outcome, field.attname), connection) for field in _fields()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_insertion(), values)


def _fields() -> "list[Field[Any, Any]]":
    return [field for field in Outcome._meta.concrete_fields if not field.primary_key]


@cache
def _insertion() -> str:
    """An endpoint that was deleted meanwhile must not keep the answer from being saved."""
    known = f"(SELECT id FROM {Endpoint._meta.db_table} WHERE id = %s)"  # noqa: S608 - no input
    places = [known if field.name == "endpoint" else "%s" for field in _fields()]
    columns = [str(field.column) for field in _fields()]
    return (
        f"INSERT INTO {Outcome._meta.db_table} ({', '.join(columns)})"  # noqa: S608 - no input
        f" VALUES ({', '.join(places)}) ON CONFLICT (message_id) DO NOTHING"
    )

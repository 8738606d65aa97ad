"""Asking: a person's wish becomes rows and a run."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from providers.base import AsyncResult
from webchat.db import db, db_write
from webchat.generation import notices, rows, runs
from webchat.generation.assignment import Assignment
from webchat.generation.errors import Refused
from webchat.generation.relay import publish
from webchat.generation.rows import Checked, Work
from webchat.generation.tokens import estimate_prompt
from webchat.generation.wishes import Regenerate, Send, Started
from webchat.models import User

Wish = Send | Regenerate
W = TypeVar("W", Send, Regenerate)


async def send(user: User, wish: Send) -> Started:
    """Say something and begin the answer. Raises Refused."""
    _check_text(wish)
    return await _begin(user, wish, rows.check_send, rows.write_send)


async def regenerate(user: User, wish: Regenerate) -> Started:
    """Begin another answer beside the one that is there. Raises Refused."""
    return await _begin(user, wish, rows.check_regenerate, rows.write_regenerate)


async def _begin(
    user: User,
    wish: W,
    check: Callable[[User, W], Checked],
    write: Callable[[User, W, Checked], Work],
) -> Started:
    """Read first and write then: there is one writer, and many may ask at once."""
    runs.check_open()
    checked = await db(_attach_or_check, user, wish, check)
    if isinstance(checked, Started):
        return checked
    # Whoever asked may go away meanwhile; rows that are written need their run all the same.
    return await runs.shelter(_write_and_launch(user, wish, partial(write, user, wish, checked)))


async def _write_and_launch(user: User, wish: Wish, write: Callable[[], Work]) -> Started:
    work = await db_write(_write_or_attach, user, wish, write)
    if isinstance(work, Started):
        return work
    _launch(user, work)
    _tell(user, wish, work.started)
    return work.started


def _attach_or_check(user: User, wish: W, check: Callable[[User, W], Checked]) -> Started | Checked:
    """What a new run needs; where it is refused, the run that this very command began before."""
    try:
        return check(user, wish)
    except Refused:
        if (existing := rows.find_started(user, wish.client_id)) is not None:
            return existing
        raise


def _write_or_attach(user: User, wish: Wish, write: Callable[[], Work]) -> Started | Work:
    """The rows of a new run, or the run that this very command began before."""
    try:
        with transaction.atomic():
            return write()
    except (IntegrityError, Refused):
        if (existing := rows.find_started(user, wish.client_id)) is not None:
            return existing
        raise


def _launch(user: User, work: Work) -> None:
    started, offer = work.started, work.offer
    assignment = Assignment(
        run=started.run.pk,
        owner=user.pk,
        conversation=started.conversation.pk,
        message=started.answer.pk,
        endpoint=offer.endpoint.pk,
        provider=offer.endpoint.label,
        model=offer.model,
        started_at=started.run.started_at,
        has_turn=started.run.turn_at is not None,
        allowed_origin=offer.allowed_origin,
        proxy=offer.endpoint.proxy or None,
        silence=offer.silence,
        deadline=offer.deadline,
    )

    async def ask() -> AsyncResult:
        messages = await db(rows.messages, work)
        work.draft.prompt_tokens = estimate_prompt(messages)
        return offer.ask(messages, work.options)

    runs.launch(assignment, ask, work.draft)


def _tell(user: User, wish: Wish, started: Started) -> None:
    notice = notices.AnswerBegan(
        conversation=started.conversation.pk,
        run=started.run.pk,
        client_id=wish.client_id,
        question=started.question.pk if started.question else None,
        answer=started.answer.pk,
        replaces=started.replaces,
    )
    publish(user.pk, notice)


def _check_text(wish: Send) -> None:
    if not wish.text.strip() and not wish.media:
        raise Refused("empty", _("Write a message first."))
    limit = settings.MESSAGE_MAX_CHARS
    if len(wish.text) > limit:
        raise Refused(
            "too_long", _("This message is longer than %(limit)d characters.") % {"limit": limit}
        )

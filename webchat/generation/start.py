"""Asking: a person's wish becomes rows and a run."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from webchat.catalog import NotOffered, Offer, resolve
from webchat.db import db
from webchat.generation import notices, runs
from webchat.generation.errors import Refused
from webchat.generation.prompt import prompt
from webchat.generation.relay import publish
from webchat.generation.run import Assignment
from webchat.generation.titles import first_words
from webchat.models import Conversation, Media, Message, Run, User

MEDIA_MAX = 8  # pictures in one message


@dataclass(frozen=True)
class Send:
    """A new message. `client_id` makes a repeated one harmless."""

    client_id: UUID
    conversation: UUID | None
    text: str
    endpoint: int
    model: str
    media: tuple[UUID, ...] = ()
    aspect_ratio: str = ""


@dataclass(frozen=True)
class Regenerate:
    """Another answer to the question that `message` answers."""

    client_id: UUID
    message: UUID
    endpoint: int | None = None
    model: str | None = None
    aspect_ratio: str = ""


@dataclass(frozen=True)
class Started:
    """The rows of a run that has begun, now or when the same command came before."""

    run: Run
    conversation: Conversation
    question: Message | None
    answer: Message
    replaces: UUID | None = None


@dataclass(frozen=True)
class _Work:
    """What a freshly written run needs to begin."""

    started: Started
    offer: Offer
    messages: list[dict[str, Any]] = field(repr=False)
    options: dict[str, Any]


async def send(user: User, wish: Send) -> Started:
    """Say something and begin the answer. Raises Refused."""
    _check_text(wish)
    return await _begin(user, wish, _write_send)


async def regenerate(user: User, wish: Regenerate) -> Started:
    """Begin another answer beside the one that is there. Raises Refused."""
    return await _begin(user, wish, _write_regenerate)


async def _begin(user: User, wish: Send | Regenerate, write: Any) -> Started:
    runs.check_open()
    outcome = await db(_attach_or_write, user, wish, write)
    if isinstance(outcome, Started):
        return outcome
    started = outcome.started
    _launch(user, outcome)
    publish(
        user.pk,
        notices.AnswerBegan(
            conversation=started.conversation.pk,
            run=started.run.pk,
            client_id=wish.client_id,
            question=started.question.pk if started.question else None,
            answer=started.answer.pk,
            replaces=started.replaces,
        ),
    )
    return started


def _launch(user: User, work: _Work) -> None:
    started, offer = work.started, work.offer
    assignment = Assignment(
        run=started.run.pk,
        owner=user.pk,
        conversation=started.conversation.pk,
        message=started.answer.pk,
        allowed_origin=offer.allowed_origin,
        proxy=offer.endpoint.proxy or None,
    )
    runs.launch(assignment, offer.ask(work.messages, work.options))


def _check_text(wish: Send) -> None:
    if not wish.text.strip() and not wish.media:
        raise Refused("empty", _("Write a message first."))
    if len(wish.text) > settings.MESSAGE_MAX_CHARS:
        limit = settings.MESSAGE_MAX_CHARS
        raise Refused(
            "too_long", _("This message is longer than %(limit)d characters.") % {"limit": limit}
        )


def _attach_or_write(user: User, wish: Send | Regenerate, write: Any) -> Started | _Work:
    """The run that this very command began before, or the rows of a new one."""
    if (existing := find_started(user, wish.client_id)) is not None:
        return existing
    _check_limit(user)
    try:
        with transaction.atomic():
            work: _Work = write(user, wish)
            return work
    except IntegrityError:  # the same command on another socket was a moment faster
        if (existing := find_started(user, wish.client_id)) is not None:
            return existing
        raise


def find_started(user: User, client_id: UUID) -> Started | None:
    """What this command of this person began before."""
    query = Run.objects.for_user(user).filter(client_id=client_id)
    run = query.select_related("message__conversation", "message__parent").first()
    if run is None:
        return None
    return Started(run, run.message.conversation, run.message.parent, run.message)


def _check_limit(user: User) -> None:
    active = Run.objects.for_user(user).filter(message__status=Message.Status.STREAMING).count()
    if active >= settings.RUNS_PER_USER:
        raise Refused(
            "busy", _("Some of your answers are still being written. Wait for one, or stop it.")
        )


def _write_send(user: User, wish: Send) -> _Work:
    offer = _offer(user, wish.endpoint, wish.model)
    media = _own_media(user, wish.media)
    conversation = _conversation(user, wish)
    question = Message(
        conversation=conversation,
        parent_id=conversation.active_leaf_id,
        role=Message.Role.USER,
        text=wish.text,
    )
    question.save(force_insert=True)
    question.media.add(*media)
    return _write_answer(user, wish, offer, conversation, question, new_messages=2)


def _write_regenerate(user: User, wish: Regenerate) -> _Work:
    former = (
        Message.objects.for_user(user)
        .filter(pk=wish.message, role=Message.Role.ASSISTANT)
        .select_related("conversation", "parent")
        .first()
    )
    if former is None or former.parent is None:
        raise Refused("not_found", _("This answer does not exist."))
    conversation = Conversation.objects.select_for_update().get(pk=former.conversation_id)
    if wish.endpoint is None and conversation.endpoint_id is None:
        raise _not_offered()
    endpoint = wish.endpoint if wish.endpoint is not None else conversation.endpoint_id or 0
    model = wish.model if wish.model is not None else conversation.model
    offer = _offer(user, endpoint, model)
    work = _write_answer(user, wish, offer, conversation, former.parent, new_messages=1)
    return _Work(
        Started(work.started.run, work.started.conversation, None, work.started.answer, former.pk),
        offer,
        work.messages,
        work.options,
    )


def _write_answer(
    user: User,
    wish: Send | Regenerate,
    offer: Offer,
    conversation: Conversation,
    question: Message,
    *,
    new_messages: int,
) -> _Work:
    answer = Message(
        conversation=conversation,
        parent=question,
        role=Message.Role.ASSISTANT,
        status=Message.Status.STREAMING,
        provider=offer.endpoint.label,
        model=offer.model,
    )
    answer.save(force_insert=True)
    run = Run(owner=user, client_id=wish.client_id, message=answer, node=runs.NODE)
    run.save(force_insert=True)
    _touch(conversation, offer, answer, new_messages)
    messages = prompt(conversation, question.pk, images=offer.provider.supports_images_in)
    options = dict(conversation.parameters)
    if wish.aspect_ratio:
        options["aspect_ratio"] = wish.aspect_ratio
    return _Work(Started(run, conversation, question, answer), offer, messages, options)


def _touch(conversation: Conversation, offer: Offer, answer: Message, new_messages: int) -> None:
    conversation.active_leaf = answer
    conversation.active_at = timezone.now()
    conversation.endpoint = offer.endpoint
    conversation.model = offer.model
    conversation.message_count += new_messages
    Conversation.objects.filter(pk=conversation.pk).update(
        active_leaf=answer,
        active_at=conversation.active_at,
        endpoint=offer.endpoint,
        model=offer.model,
        message_count=F("message_count") + new_messages,
    )


def _offer(user: User, endpoint: int, model: str) -> Offer:
    try:
        return resolve(user, endpoint, model)
    except NotOffered as error:
        raise _not_offered() from error


def _not_offered() -> Refused:
    return Refused("not_offered", _("This model is not offered here. Choose another one."))


def _own_media(user: User, wanted: tuple[UUID, ...]) -> list[Media]:
    if len(wanted) > MEDIA_MAX:
        raise Refused(
            "too_many", _("A message holds at most %(limit)d pictures.") % {"limit": MEDIA_MAX}
        )
    media = list(Media.objects.for_user(user).filter(pk__in=wanted))
    if len(media) != len(set(wanted)):
        raise Refused("not_found", _("A picture of this message is gone. Attach it again."))
    return media


def _conversation(user: User, wish: Send) -> Conversation:
    """The conversation, held against other senders until the rows are written."""
    if wish.conversation is None:
        return Conversation.objects.create(owner=user, title=first_words(wish.text))
    mine = Conversation.objects.for_user(user).select_for_update()
    conversation = mine.filter(pk=wish.conversation).first()
    if conversation is None:
        raise Refused("not_found", _("This conversation does not exist."))
    return conversation

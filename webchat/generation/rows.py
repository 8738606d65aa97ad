"""The rows of a wish: a question, an answer that is to come, and the run that makes it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from webchat.catalog import NotOffered, Offer, resolve
from webchat.generation import prompt, runs
from webchat.generation.draft import Draft, resumed
from webchat.generation.errors import Refused
from webchat.generation.metering import Metered, meter
from webchat.generation.titles import first_words
from webchat.generation.wishes import Regenerate, Send, Started
from webchat.models import Conversation, Media, Message, Run, User
from webchat.sql import Prepared, insert, update

MEDIA_MAX = 8  # pictures in one message


@dataclass(frozen=True)
class Work:
    """What a freshly written run needs to begin; `draft` is what its answer begins with."""

    started: Started
    offer: Offer
    question: UUID
    options: dict[str, Any]
    draft: Draft = field(default_factory=Draft)


def find_started(user: User, client_id: UUID) -> Started | None:
    """What this command of this person began before."""
    query = Run.objects.for_user(user).filter(client_id=client_id)
    run = query.select_related("message__conversation", "message__parent").first()
    if run is None:
        return None
    return Started(run, run.message.conversation, run.message.parent, run.message)


@dataclass(frozen=True)
class Checked:
    """What a wish needs and may have, read before anything is written."""

    offer: Offer
    media: list[Media] = field(default_factory=list)


def check_send(user: User, wish: Send) -> Checked:
    """Raises Refused for what a person may not have."""
    checked = Checked(_offer(user, wish.endpoint, wish.model), _own_media(user, wish.media))
    if checked.media and not checked.offer.provider.supports_images_in:
        raise _reads_no_pictures(checked.offer)
    return checked


def check_regenerate(user: User, wish: Regenerate) -> Checked:
    """Raises Refused for what a person may not have."""
    former = _former(user, wish.message)
    offer = _offer_for(user, wish, former.conversation)
    question = former.parent
    if question and not question.text.strip() and not offer.provider.supports_images_in:
        raise _reads_no_pictures(offer)
    return Checked(offer)


def _reads_no_pictures(offer: Offer) -> Refused:
    sentence = _("%(name)s does not read pictures. Choose another provider, or leave them out.")
    return Refused("no_pictures", sentence % {"name": offer.endpoint.label})


def write_send(user: User, wish: Send, checked: Checked) -> Work:
    """A new question and its answer to come. Raises Refused."""
    metered = meter(user, checked.offer.endpoint)
    conversation = _conversation(user, wish)
    question = Message(
        conversation=conversation,
        parent_id=conversation.active_leaf_id,
        role=Message.Role.USER,
        text=wish.text,
    )
    insert(question)
    if checked.media:
        question.media.add(*checked.media)
        conversation.has_images = True
    question.images = checked.media
    answer = _write_answer(conversation, question, checked.offer)
    run = _write_run(user, wish, answer, checked.offer, metered)
    _touch(conversation, checked.offer, answer, new_messages=2)
    return Work(
        Started(run, conversation, question, answer, is_new=True, budget=metered.budget),
        checked.offer,
        question.pk,
        _options(conversation, wish),
    )


def write_regenerate(user: User, wish: Regenerate, checked: Checked) -> Work:
    """Another answer beside one that is there. Raises Refused."""
    metered = meter(user, checked.offer.endpoint)
    former = _former(user, wish.message)
    conversation = Conversation.objects.select_for_update().get(pk=former.conversation_id)
    keep = former if wish.keep and former.text else None
    answer = _write_answer(conversation, former.parent, checked.offer, keep)
    run = _write_run(user, wish, answer, checked.offer, metered)
    _touch(conversation, checked.offer, answer, new_messages=1)
    return Work(
        Started(run, conversation, None, answer, former.pk, is_new=True, budget=metered.budget),
        checked.offer,
        former.parent_id or former.pk,
        _options(conversation, wish),
        resumed(keep) if keep else Draft(),
    )


def messages(work: Work) -> list[dict[str, Any]]:
    """What the provider is sent."""
    images = work.offer.provider.supports_images_in
    asked = prompt.prompt(work.started.conversation, work.question, images=images)
    return asked + (prompt.go_on(work.draft.text) if work.draft.text else [])


def _former(user: User, pk: UUID) -> Message:
    former = (
        Message.objects.for_user(user)
        .filter(pk=pk, role=Message.Role.ASSISTANT)
        .exclude(parent=None)
        .select_related("parent", "conversation")
        .first()
    )
    if former is None:
        raise Refused("not_found", _("This answer does not exist."))
    return former


def _write_answer(
    conversation: Conversation,
    question: Message | None,
    offer: Offer,
    keep: Message | None = None,
) -> Message:
    answer = Message(
        conversation=conversation,
        parent=question,
        role=Message.Role.ASSISTANT,
        status=Message.Status.STREAMING,
        provider=offer.endpoint.label,
        model=offer.model,
        text=keep.text if keep else "",
        reasoning=keep.reasoning if keep else "",
    )
    insert(answer)
    answer.images = keep.images if keep else []
    if answer.images:
        answer.media.add(*answer.images)
    return answer


def _write_run(
    user: User, wish: Send | Regenerate, answer: Message, offer: Offer, metered: Metered
) -> Run:
    run = Run(
        owner=user,
        client_id=wish.client_id,
        message=answer,
        node=runs.NODE,
        endpoint=offer.endpoint,
        turn_at=timezone.now() if metered.has_turn else None,
    )
    insert(run)
    return run


def _options(conversation: Conversation, wish: Send | Regenerate) -> dict[str, Any]:
    chosen = {"aspect_ratio": wish.aspect_ratio} if wish.aspect_ratio else {}
    return {**conversation.parameters, **chosen}


_TOUCHED = (
    "active_leaf",
    "active_at",
    "endpoint",
    "model",
    "message_count",
    "state",
    "archived",
    "has_images",
)


def _touch(conversation: Conversation, offer: Offer, answer: Message, new_messages: int) -> None:
    """Something was said in a conversation that is held; one that was archived comes back by it."""
    conversation.active_leaf = answer
    conversation.active_at = timezone.now()
    conversation.endpoint = offer.endpoint
    conversation.model = offer.model
    conversation.message_count += new_messages
    conversation.state = Message.Status.STREAMING
    conversation.archived = False
    update(conversation, *_TOUCHED)


def _offer_for(user: User, wish: Regenerate, conversation: Conversation) -> Offer:
    """What was wished for, else what the conversation was last asked of."""
    if wish.endpoint is not None:
        return _offer(user, wish.endpoint, wish.model or "")
    if conversation.endpoint_id is None:
        raise _not_offered()
    return _offer(user, conversation.endpoint_id, conversation.model)


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
    if not wanted:
        return []
    media = list(Media.objects.for_user(user).filter(pk__in=wanted))
    if len(media) != len(set(wanted)):
        raise Refused("not_found", _("A picture of this message is gone. Attach it again."))
    return media


_HELD: Prepared[Conversation] = Prepared(
    lambda user, pk: Conversation.objects.for_user(user).filter(pk=pk).select_for_update()
)


def _conversation(user: User, wish: Send) -> Conversation:
    """The conversation, held against other senders until the rows are written."""
    if wish.conversation is None:
        conversation = Conversation(owner=user, title=first_words(wish.text) or _("Picture"))
        insert(conversation)
        return conversation
    found = _HELD.first(user.pk, wish.conversation)
    if found is None:
        raise Refused("not_found", _("This conversation does not exist."))
    return found

"""What people do with whole conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from webchat.db import db_write
from webchat.generation import notices, runs
from webchat.generation.errors import Refused
from webchat.generation.relay import publish
from webchat.models import TITLE_LENGTH, Conversation, Media, Message, Run, User

SIDEBAR_LENGTH = 40  # two screens of entries


@dataclass(frozen=True)
class SidebarPage:
    conversations: Sequence[Conversation]
    has_more: bool


def sidebar(
    user: User, before: tuple[datetime, UUID] | None = None, limit: int = SIDEBAR_LENGTH
) -> SidebarPage:
    """The most recently active conversations, or those after the entry `before`."""
    query = Conversation.objects.for_user(user).filter(archived=False, temporary=False)
    if before is not None:
        active_at, pk = before
        query = query.filter(Q(active_at__lt=active_at) | Q(active_at=active_at, pk__lt=pk))
    found = list(query.only("id", "title", "active_at", "pinned")[: limit + 1])
    return SidebarPage(found[:limit], len(found) > limit)


def _owned(user: User, pk: UUID, *, lock: bool = False) -> Conversation:
    mine = Conversation.objects.for_user(user).filter(pk=pk)
    conversation = (mine.select_for_update() if lock else mine).first()
    if conversation is None:
        raise Refused("not_found", _("This conversation does not exist."))
    return conversation


def _rename(user: User, pk: UUID, title: str) -> None:
    conversation = _owned(user, pk)
    title = " ".join(title.split())
    if not title:
        raise Refused("empty", _("A title needs at least one letter."))
    if len(title) > TITLE_LENGTH:
        raise Refused(
            "too_long", _("A title has at most %(limit)d characters.") % {"limit": TITLE_LENGTH}
        )
    conversation.title = title
    conversation.save(update_fields=["title"])


async def rename(user: User, pk: UUID, title: str) -> None:
    """Call a conversation something else. Raises Refused."""
    await db_write(_rename, user, pk, title)
    publish(user.pk, notices.ConversationUpdated(pk))


def _delete(user: User, pk: UUID) -> list[UUID]:
    """Delete rows and files; returns the runs that were at work in it."""
    with transaction.atomic():
        conversation = _owned(user, pk, lock=True)
        active = Run.objects.filter(
            message__conversation=conversation, message__status=Message.Status.STREAMING
        )
        at_work = list(active.values_list("pk", flat=True))
        media = list(Media.objects.filter(messages__conversation=conversation).distinct())
        conversation.delete()
        orphans = Media.objects.filter(pk__in=[m.pk for m in media], messages=None)
        gone = {m.pk for m in orphans}
        orphans.delete()
        for item in media:
            if item.pk in gone:
                transaction.on_commit(partial(item.file.delete, save=False))
    return at_work


async def delete(user: User, pk: UUID) -> None:
    """Delete a conversation with its messages and pictures; its answers end. Raises Refused."""
    for run in await db_write(_delete, user, pk):
        runs.stop_local(run)
    publish(user.pk, notices.ConversationDeleted(pk))

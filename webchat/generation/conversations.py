"""What people do with whole conversations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from webchat.audit import record
from webchat.db import db_write
from webchat.generation import notices, outcomes, runs
from webchat.generation.cursor import Cursor
from webchat.generation.errors import Refused
from webchat.generation.relay import publish
from webchat.models import TITLE_LENGTH, AuditRecord, Conversation, Media, Message, Run, User

SIDEBAR_LENGTH = 40  # two screens of entries


@dataclass(frozen=True)
class SidebarPage:
    conversations: Sequence[Conversation]
    has_more: bool


def sidebar(
    user: User, after: Cursor | None = None, limit: int = SIDEBAR_LENGTH, *, archived: bool = False
) -> SidebarPage:
    """The most recently active conversations, or those after an entry; likewise in the archive."""
    mine: QuerySet[Conversation] = Conversation.objects.for_user(user)
    query = mine.filter(archived=archived, temporary=False)
    if after is not None:
        query = after.older(query)
    found = list(query.only("id", "title", "active_at", "pinned")[: limit + 1])
    return SidebarPage(found[:limit], len(found) > limit)


def _owned(user: User, pk: UUID, *, lock: bool = False) -> Conversation:
    mine = Conversation.objects.for_user(user).filter(pk=pk)
    conversation = (mine.select_for_update() if lock else mine).first()
    if conversation is None:
        raise _unknown()
    return conversation


def _unknown() -> Refused:
    return Refused("not_found", _("This conversation does not exist."))


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
    await tell_updated(user.pk, pk)


def _delete(user: User, pk: UUID) -> list[UUID]:
    with transaction.atomic():
        conversation = _owned(user, pk, lock=True)
        record(AuditRecord.Action.DELETED, actor=user, subject=conversation)
        return erase(conversation)


def erase(conversation: Conversation) -> list[UUID]:
    """Delete its rows and files; returns the runs that were at work in it. Needs a transaction."""
    active = Run.objects.select_related("message__conversation").filter(
        message__conversation=conversation, message__status=Message.Status.STREAMING
    )
    at_work = list(active)
    for run in at_work:
        outcomes.add(outcomes.of_lost(run, Message.Status.STOPPED))
    media = list(Media.objects.filter(messages__conversation=conversation).distinct())
    conversation.delete()
    erase_media(Media.objects.filter(pk__in=[item.pk for item in media], messages=None))
    return [run.pk for run in at_work]


def erase_media(unwanted: QuerySet[Media]) -> int:
    """Delete these rows now and their files once that is certain; returns how many."""
    media = list(unwanted)
    Media.objects.filter(pk__in=[item.pk for item in media]).delete()
    for item in media:
        transaction.on_commit(partial(item.file.delete, save=False))
    return len(media)


async def delete(user: User, pk: UUID) -> None:
    """Delete a conversation with its messages and pictures; its answers end. Raises Refused."""
    await tell_erased(user.pk, pk, await db_write(_delete, user, pk))


async def tell_erased(owner: int, pk: UUID, at_work: Iterable[UUID]) -> None:
    """After `erase`: end the answers that were at work, and tell the pages of its owner."""
    for run in at_work:
        runs.stop_local(run)
    publish(owner, notices.ConversationDeleted(pk))


def _set_archived(user: User, pk: UUID, archived: bool) -> None:
    if not Conversation.objects.for_user(user).filter(pk=pk).update(archived=archived):
        raise _unknown()


async def set_archived(user: User, pk: UUID, archived: bool) -> None:
    """Take a conversation out of the sidebar, or bring it back. Raises Refused."""
    await db_write(_set_archived, user, pk, archived)
    await tell_updated(user.pk, pk)


async def tell_updated(owner: int, pk: UUID) -> None:
    """Tell the pages of its owner that something about a conversation changed."""
    publish(owner, notices.ConversationUpdated(pk))

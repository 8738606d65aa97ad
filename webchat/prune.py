"""Letting go of what has been kept long enough, and of what nobody needs any more.

What people wrote and what the audit recorded goes only when a setting says after how many days.
What is temporary by its nature goes always.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone

from webchat.accounts.approval import with_unconfirmed
from webchat.audit import record
from webchat.generation.conversations import erase, erase_media
from webchat.models import AuditRecord, Conversation, Media, Message, Outcome, User

UNUSED_AFTER = timedelta(days=1)  # a picture that is attached is sent within an afternoon
TEMPORARY_AFTER = timedelta(days=1)  # nobody has the page of a temporary conversation open then
UNCONFIRMED_AFTER = timedelta(days=7)  # the link in the mail works for three
BATCH = 500  # rows a transaction, so that whoever writes meanwhile waits for some milliseconds


def prune(*, dry_run: bool) -> Iterator[tuple[str, int]]:
    """Do away with everything that is over; yields what it was and how many as it goes."""
    removed = {}
    for what, work in WORK.items():
        removed[what] = work(dry_run)
        yield what, removed[what]
    if not dry_run and any(removed.values()):
        record(AuditRecord.Action.PRUNED, removed=removed)


def _before(days: int) -> Any:
    return timezone.now() - timedelta(days=days)


def _old_conversations(dry_run: bool) -> int:
    """Those without activity for RETAIN_CONVERSATIONS_DAYS; pinned ones are kept on purpose."""
    if not settings.RETAIN_CONVERSATIONS_DAYS:
        return 0
    old = Conversation.objects.filter(
        active_at__lt=_before(settings.RETAIN_CONVERSATIONS_DAYS), pinned=False
    )
    return _erase_conversations(old, dry_run)


def _temporary_conversations(dry_run: bool) -> int:
    old = Conversation.objects.filter(
        active_at__lt=timezone.now() - TEMPORARY_AFTER, temporary=True
    )
    return _erase_conversations(old, dry_run)


def _erase_conversations(unwanted: models.QuerySet[Conversation], dry_run: bool) -> int:
    """One transaction each, because a conversation may hold thousands of messages."""
    growing = Message.objects.filter(
        conversation=models.OuterRef("pk"), status=Message.Status.STREAMING
    )
    ids = list(unwanted.exclude(models.Exists(growing)).values_list("pk", flat=True))
    if dry_run:
        return len(ids)
    return sum(_erase_conversation(pk, unwanted) for pk in ids)


def _erase_conversation(pk: UUID, unwanted: models.QuerySet[Conversation]) -> bool:
    """Whether it went: somebody may have gone on with it, or deleted it, meanwhile."""
    with transaction.atomic():
        conversation = unwanted.select_for_update().filter(pk=pk).first()
        if conversation is None:
            return False
        erase(conversation)
    return True


def _unused_pictures(dry_run: bool) -> int:
    """Uploads that were never sent."""
    unused = Media.objects.filter(created_at__lt=timezone.now() - UNUSED_AFTER, messages=None)
    if dry_run:
        return unused.count()
    count = 0
    while True:
        with transaction.atomic():
            gone = erase_media(unused[:BATCH])
        count += gone
        if gone < BATCH:
            return count


def _files_without_a_row(dry_run: bool) -> int:
    """What a crash between writing a file and writing its row has left."""
    count = 0
    for files in _batches(_old_files()):
        known = set(Media.objects.filter(file__in=files).values_list("file", flat=True))
        for name in set(files) - known:
            count += 1
            if not dry_run:
                (Path(settings.MEDIA_ROOT) / name).unlink(missing_ok=True)
    return count


def _old_files() -> Iterator[str]:
    """The names, as rows have them, of files that were written a while ago."""
    root = Path(settings.MEDIA_ROOT)
    latest = (timezone.now() - UNUSED_AFTER).timestamp()
    for folder, _folders, files in os.walk(root / "media"):
        for name in files:
            path = Path(folder, name)
            if path.stat().st_mtime < latest:
                yield path.relative_to(root).as_posix()


def _batches(names: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for name in names:
        batch.append(name)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _audit_records(dry_run: bool) -> int:
    days = settings.RETAIN_AUDIT_DAYS
    return _rows(AuditRecord.objects.filter(at__lt=_before(days)), dry_run) if days else 0


def _outcomes(dry_run: bool) -> int:
    days = settings.RETAIN_OUTCOMES_DAYS
    return _rows(Outcome.objects.filter(ended_at__lt=_before(days)), dry_run) if days else 0


def _sessions(dry_run: bool) -> int:
    return _rows(Session.objects.filter(expire_date__lt=timezone.now()), dry_run)


def _devices(dry_run: bool) -> int:
    """What people read about sessions that are no more."""
    sessions = Session.objects.filter(session_key=models.OuterRef("session_key"))
    return _rows(UserSession.objects.filter(~models.Exists(sessions)), dry_run)


def _unconfirmed_people(dry_run: bool) -> int:
    """Who signed up with an address and never showed that it is theirs; the name is free again."""
    begun = User.objects.filter(last_login=None, date_joined__lt=timezone.now() - UNCONFIRMED_AFTER)
    never = with_unconfirmed(begun).filter(unconfirmed=True)
    if dry_run:
        return never.count()
    for user in (people := list(never)):
        user.delete()
    return len(people)


def _rows(over: models.QuerySet[Any], dry_run: bool) -> int:
    """Rows that nothing hangs on, straight from their table."""
    if dry_run:
        return over.count()
    count = 0
    while ids := list(over.order_by().values_list("pk", flat=True)[:BATCH]):
        count += over.model._base_manager.filter(pk__in=ids)._raw_delete(over.db)
    return count


WORK: dict[str, Callable[[bool], int]] = {
    "conversations": _old_conversations,
    "temporary_conversations": _temporary_conversations,
    "unused_pictures": _unused_pictures,
    "files_without_a_row": _files_without_a_row,
    "audit_records": _audit_records,
    "outcomes": _outcomes,
    "sessions": _sessions,
    "devices": _devices,
    "unconfirmed_people": _unconfirmed_people,
}

"""What staff may see of other people's conversations."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from webchat.audit import record
from webchat.models import AuditRecord, Conversation

OPENED_FOR = timedelta(minutes=30)  # reading on, looking at branches and pictures, is one visit


def reads_others() -> bool:
    """Whether staff may read what they did not write."""
    return bool(settings.STAFF_READS_CONVERSATIONS)


def may_read(request: HttpRequest, conversation: Conversation) -> bool:
    return reads_others() or conversation.owner_id == request.user.pk


def record_opening(request: HttpRequest, conversation: Conversation, *, again: bool) -> None:
    """Write down that somebody else's conversation is read.

    `again` is for the further pages and the pictures of one that may be open already: these are
    written down only when nothing else was, so that no address is a way around the record.
    """
    if conversation.owner_id == request.user.pk or (again and _is_open(request, conversation)):
        return
    record(
        AuditRecord.Action.CONVERSATION_OPENED,
        request=request,
        subject=conversation,
        owner=conversation.owner.get_username(),
    )


def _is_open(request: HttpRequest, conversation: Conversation) -> bool:
    actor: Any = request.user
    opened = AuditRecord.objects.filter(
        at__gte=timezone.now() - OPENED_FOR,
        action=AuditRecord.Action.CONVERSATION_OPENED,
        actor=actor,
        subject_id=str(conversation.pk),
    )
    return opened.exists()

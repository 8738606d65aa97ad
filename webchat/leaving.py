"""Somebody leaves, and everything of theirs with them."""

from django.db import transaction
from django.http import HttpRequest

from webchat.accounts.administrators import is_needed
from webchat.accounts.sessions import end_sessions
from webchat.audit import record
from webchat.generation.conversations import erase, erase_media
from webchat.models import AuditRecord, Conversation, Media, User


class StillNeeded(Exception):
    """Without this person nobody could look after the site."""


def leave(user: User, request: HttpRequest | None = None) -> None:
    """Delete an account with its conversations and pictures; answers in the making end.

    What was recorded stays, with the name. `request` is whoever asked for it; None is the shell.
    Raises StillNeeded.
    """
    with transaction.atomic():
        if is_needed([user]):
            raise StillNeeded
        record(AuditRecord.Action.DELETED, subject=user, request=request)
        user.is_active = user.is_superuser = False
        user.save(update_fields=["is_active", "is_superuser"])
        end_sessions(user, reason="account deleted")
    # One transaction each, since they may be many: should this be interrupted, the account is
    # closed already, and deleting it again goes on.
    for conversation in Conversation.objects.filter(owner=user).only("pk"):
        with transaction.atomic():
            erase(conversation)
    with transaction.atomic():
        erase_media(Media.objects.filter(owner=user))
        user.delete()

"""What somebody may do beyond chatting."""

import logging

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from webchat.accounts.administrators import is_needed
from webchat.accounts.sessions import end_sessions
from webchat.audit import record
from webchat.models import AuditRecord, User

log = logging.getLogger(__name__)

FIELDS = ["is_active", "awaits_approval", "is_staff", "is_superuser"]


def _raise(user: User) -> None:
    """All rights; who waits or was never approved comes in with them."""
    user.is_active, user.awaits_approval = True, False
    user.is_staff = user.is_superuser = True


def make_administrator(user: User) -> None:
    """Hand out all rights, from the shell."""
    _raise(user)
    user.save(update_fields=FIELDS)
    record(AuditRecord.Action.ROLE_CHANGED, subject=user, is_staff=True, is_superuser=True)


def follow_group(user: User, groups: set[str], request: HttpRequest) -> None:
    """Administrator or not, as OIDC_ADMIN_GROUP says; nothing where it is not set.

    Somebody new has no row yet: then the fields are set, and whoever saves the row records it.
    """
    if not settings.OIDC_ADMIN_GROUP:
        return
    belongs = settings.OIDC_ADMIN_GROUP in groups
    if belongs and not (user.is_staff and user.is_superuser):
        if user._state.adding:
            _raise(user)
        elif user.is_active or user.awaits_approval:  # who was switched off stays so
            _raise(user)
            user.save(update_fields=FIELDS)
            record_role(user, request, "identity provider")
    elif not belongs and (user.is_staff or user.is_superuser):
        _lower(user, request)


@transaction.atomic
def _lower(user: User, request: HttpRequest) -> None:
    if is_needed([user]):
        log.warning("user %s left the group, but is the last administrator", user.pk)
        return
    user.is_staff = user.is_superuser = False
    user.save(update_fields=["is_staff", "is_superuser"])
    record_role(user, request, "identity provider")
    end_sessions(user, reason="role taken away")


def record_role(user: User, request: HttpRequest, by: str) -> None:
    """Write down what somebody may do since they came in; `by` says what has made it so."""
    record(
        AuditRecord.Action.ROLE_CHANGED,
        actor=user,
        subject=user,
        request=request,
        is_staff=user.is_staff,
        is_superuser=user.is_superuser,
        by=by,
    )

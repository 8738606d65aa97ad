"""Writing down who did what, for whoever has to find out later."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest

from webchat.models import AuditRecord, User


def record(
    action: AuditRecord.Action,
    *,
    actor: User | None = None,
    subject: Model | None = None,
    request: HttpRequest | None = None,
    **details: Any,
) -> AuditRecord:
    """Add a record. `actor` is whoever is signed in on `request`, or nobody: the shell.

    `details` are values that JSON knows; never a text of a conversation, never a secret.
    """
    if actor is None and request is not None and isinstance(request.user, User):
        actor = request.user
    return AuditRecord.objects.create(
        actor=actor,
        actor_name=actor.get_username() if actor else "",
        action=action,
        subject_type=subject._meta.model_name or "" if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        subject_name=str(subject)[:200] if subject is not None else "",
        address=_address(request) if request is not None else None,
        details=details,
    )


def _address(request: HttpRequest) -> str | None:
    """Where a request comes from, as far as TRUSTED_PROXIES lets us know."""
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:  # a Unix socket without a proxy that says more
        return None
    return address

"""People who signed up and wait for an administrator's word."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.http import HttpRequest

from webchat.accounts.mail import tell
from webchat.audit import record
from webchat.models import AuditRecord, User


def with_unconfirmed(people: QuerySet[User]) -> QuerySet[Any]:
    """Each row knows by `unconfirmed` whether the address of the sign-up is still to be confirmed."""
    if not settings.HAS_MAIL:
        return people.annotate(unconfirmed=Value(False))
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"), primary=True, verified=False)
    return people.annotate(unconfirmed=Exists(addresses))


def waiting() -> QuerySet[User]:
    """Everybody who waits and has nothing more to do themselves."""
    return with_unconfirmed(User.objects.filter(awaits_approval=True)).filter(unconfirmed=False)


def approve(user: User, request: HttpRequest) -> None:
    """Let somebody in who waits, and tell them."""
    user.is_active, user.awaits_approval = True, False
    user.save(update_fields=["is_active", "awaits_approval"])
    record(AuditRecord.Action.ACCOUNT_CHANGED, subject=user, request=request, change="approved")
    tell(user, "approved")


def turn_away(user: User, request: HttpRequest) -> None:
    """Forget somebody who waits, and tell them; the name is free again."""
    record(AuditRecord.Action.DELETED, subject=user, request=request, change="turned away")
    tell(user, "turned_away")
    user.delete()

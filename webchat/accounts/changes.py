"""What follows when an administrator changes somebody: records, and the end of sessions."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from webchat.accounts.mail import tell
from webchat.accounts.sessions import end_sessions
from webchat.audit import record
from webchat.models import AuditRecord, User

ROLE = ("is_staff", "is_superuser")
SHOWN = ("username", "first_name", "last_name", "email", "language", "time_zone")
RIGHTS = ("groups", "user_permissions")


@dataclass(frozen=True)
class Former:
    """A person as they were before."""

    user: User
    rights: dict[str, set[str]] = field(default_factory=dict)


def former(user: User) -> Former:
    """Take down how things are; the row as the database has it."""
    kept = User.objects.get(pk=user.pk)
    return Former(kept, _rights(kept))


def _rights(user: User) -> dict[str, set[str]]:
    return {name: {str(one) for one in getattr(user, name).all()} for name in RIGHTS}


def follow(before: Former, user: User, request: HttpRequest) -> None:
    """Record what became different, and sign out whoever lost something by it."""
    _follow_activity(before.user, user, request)
    _follow_role(before, user, request)
    fields = [name for name in SHOWN if getattr(before.user, name) != getattr(user, name)]
    if fields:
        _record_change(user, request, change="details changed", fields=fields)


def _follow_activity(before: User, user: User, request: HttpRequest) -> None:
    if before.is_active == user.is_active:
        return
    approved = user.is_active and before.awaits_approval
    words = "approved" if approved else "switched on" if user.is_active else "switched off"
    _record_change(user, request, change=words)
    if approved:
        tell(user, "approved")
    if not user.is_active:
        end_sessions(user, request, reason="switched off")


def _follow_role(before: Former, user: User, request: HttpRequest) -> None:
    """Whoever is staff no longer signs in anew; pages and sockets know nothing else of them."""
    changed: dict[str, Any] = {
        name: getattr(user, name)
        for name in ROLE
        if getattr(before.user, name) != getattr(user, name)
    }
    lost = any(not value for value in changed.values())
    changed |= {
        name: sorted(now) for name, now in _rights(user).items() if now != before.rights[name]
    }
    if changed:
        record(AuditRecord.Action.ROLE_CHANGED, subject=user, request=request, **changed)
    if lost:
        end_sessions(user, request, reason="role taken away")


def _record_change(user: User, request: HttpRequest, **details: Any) -> None:
    action = AuditRecord.Action.ACCOUNT_CHANGED
    record(action, subject=user, request=request, **details)


def switch_off(user: User, request: HttpRequest) -> None:
    """Let somebody in no longer, until they are switched on again."""
    before = former(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    follow(before, user, request)

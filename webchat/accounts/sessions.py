"""Where somebody is signed in, and how that ends."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from webchat.accounts.signed_in import signed_in
from webchat.audit import record
from webchat.models import AuditRecord, User


def sessions_of(user: User) -> list[UserSession]:
    """Those that are still good, the one seen last first."""
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    found = {row.session_key: row for row in rows}
    good = signed_in(found)
    return [row for key, row in found.items() if key in good]


def end_sessions(user: User, request: HttpRequest | None = None, *, reason: str) -> None:
    """Sign somebody out on all devices; sockets see it within two seconds.

    The seed makes every session worthless, also one that begins at this moment or that nobody
    wrote down. Who ends their own keeps the one that asks. `reason` is for the record.
    """
    own = request is not None and request.user == user
    with transaction.atomic():
        user.reseed_sessions()
        user.save(update_fields=["session_seed"])
        if request is not None and own:
            request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            request.session.save()  # now, so that no check in between finds it worthless
        others = UserSession.objects.filter(user=user)
        if request is not None and own:
            others = others.exclude(session_key=request.session.session_key)
        _forget(others)
        action = AuditRecord.Action.SESSIONS_ENDED
        record(action, subject=user, request=request, reason=reason)


def end_session(user: User, pk: int, request: HttpRequest) -> bool:
    """Sign somebody out on one of their devices; whether there was such a session."""
    with transaction.atomic():
        found = _forget(UserSession.objects.filter(user=user, pk=pk))
        if found:
            action = AuditRecord.Action.SESSIONS_ENDED
            record(action, subject=user, request=request, reason="one device")
    return found


def _forget(sessions: "QuerySet[UserSession]") -> bool:
    keys = list(sessions.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    sessions.delete()
    return bool(keys)

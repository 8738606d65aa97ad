"""Who a session belongs to, asked of the database and not of a snapshot.

A websocket lives for hours; meanwhile its person may sign out, change the password, or be
deactivated. These are the questions the sockets ask again and again.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from webchat.models import User


def signed_in(session_keys: Iterable[str]) -> dict[str, User]:
    """The active person behind each session that is still good; two queries for any number."""
    rows = Session.objects.filter(session_key__in=set(session_keys), expire_date__gt=timezone.now())
    sessions = {row.session_key: row.get_decoded() for row in rows}
    pks = {data[SESSION_KEY] for data in sessions.values() if SESSION_KEY in data}
    people = {str(user.pk): user for user in User.objects.filter(pk__in=pks, is_active=True)}
    found = {key: people.get(data.get(SESSION_KEY, "")) for key, data in sessions.items()}
    return {
        key: user
        for key, user in found.items()
        if user is not None and _is_good(user, sessions[key])
    }


def _is_good(user: User, data: dict[str, Any]) -> bool:
    """Whether the session was begun with the password the person has now."""
    if data.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    known = data.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(known, valid) for valid in hashes)

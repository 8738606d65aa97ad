"""Who a session belongs to, asked of the database and not of a snapshot.

A websocket lives for hours; meanwhile its person may sign out, change the password, or be
deactivated. These are the questions the sockets ask again and again.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from webchat.models import User
from webchat.sql import Prepared, PreparedRows

_SESSION = PreparedRows(
    lambda key: Session.objects.filter(session_key=key).values_list("session_data", "expire_date")
)
_PERSON: Prepared[User] = Prepared(lambda pk: User.objects.filter(pk=pk, is_active=True))


def whose(session_key: str) -> User | None:
    """The active person behind a session that is still good."""
    for data, expires in _SESSION.all(session_key):
        session = _read(data)
        if expires > timezone.now() and SESSION_KEY in session:
            user = _PERSON.first(int(session[SESSION_KEY]))
            return user if user is not None and _is_good(user, session) else None
    return None


def signed_in(session_keys: Iterable[str]) -> dict[str, User]:
    """Those of the sessions that `whose` knows somebody for, and whom; two queries for any number.

    Of these people only what tells it is read.
    """
    rows = Session.objects.filter(session_key__in=set(session_keys), expire_date__gt=timezone.now())
    sessions = {key: _read(data) for key, data in rows.values_list("session_key", "session_data")}
    pks = {data[SESSION_KEY] for data in sessions.values() if SESSION_KEY in data}
    active = User.objects.filter(pk__in=pks, is_active=True).only("password", "session_seed")
    people = {str(user.pk): user for user in active}
    return {
        key: user
        for key, session in sessions.items()
        if (user := people.get(session.get(SESSION_KEY, ""))) and _is_good(user, session)
    }


@lru_cache(maxsize=2000)  # more people than one process serves
def _read(session_data: str) -> Mapping[str, Any]:
    """What a session holds. Its signature is checked once, though it is looked at each second."""
    return SessionStore().decode(session_data)


def _is_good(user: User, session: Mapping[str, Any]) -> bool:
    """Whether the session was begun with the password the person has now."""
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    known = session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(known, valid) for valid in hashes)

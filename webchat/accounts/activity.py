"""When people were last seen, noted now and then: a page must not cost a write."""

import logging
import time
from collections.abc import Mapping

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from webchat.models import User

log = logging.getLogger(__name__)

NOTE_SECONDS = 300  # as exact as "last seen" has to be
KNOWN_MAX = 20_000  # sessions of a process; then it begins anew, at the cost of one note each

_noted: dict[str, float] = {}


def _is_due(key: str) -> bool:
    """Whether this session was not noted lately; from now on it was."""
    now = time.monotonic()
    if now - _noted.get(key, -NOTE_SECONDS) < NOTE_SECONDS:
        return False
    if len(_noted) >= KNOWN_MAX:
        _noted.clear()
    _noted[key] = now
    return True


def note_request(request: HttpRequest, user: User) -> None:
    """Somebody opened a page. Whatever goes wrong here, the page is shown."""
    key = request.session.session_key
    if key is None or not _is_due(key):
        return
    try:
        now, address = timezone.now(), get_adapter().get_client_ip(request)
        known = UserSession.objects.filter(session_key=key, user=user)
        if not known.update(last_seen_at=now, ip=address):
            UserSession.objects.create_from_request(request)
        User.objects.filter(pk=user.pk).update(active_at=now)
    except PermissionDenied:
        log.debug("no address is known for a session")  # a Unix socket, and no proxy says more
    except DatabaseError as error:
        log.warning("an activity cannot be noted: %s", error)


def due(sessions: Mapping[str, User]) -> dict[str, User]:
    """Those of the open pages whose people were not noted lately."""
    return {key: user for key, user in sessions.items() if _is_due(key)}


def note_sockets(sessions: Mapping[str, User]) -> None:
    """All these people have a page open."""
    now = timezone.now()
    UserSession.objects.filter(session_key__in=list(sessions)).update(last_seen_at=now)
    people = {user.pk for user in sessions.values()}
    User.objects.filter(pk__in=people).update(active_at=now)


def forget() -> None:
    """Note everybody anew, as a process does that has just begun."""
    _noted.clear()

"""Fills an installation of commit 1d04681 with something of every kind.

It ran once, inside that commit, for make_fixtures.py. It is kept as a record of what the fixtures
hold. Later code has other names, so it does not run there.

`python -m tests.upgrade.filling` prints as JSON what no page shows: a recovery code and a session.
"""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: E402
from allauth.mfa.totp.internal.auth import TOTP  # noqa: E402
from allauth.mfa.webauthn.internal.auth import WebAuthn  # noqa: E402
from allauth.usersessions.models import UserSession  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.cache import cache  # noqa: E402

from tests.factories import make_endpoint, make_models, make_user  # noqa: E402
from tests.passkeys import registration  # noqa: E402
from tests.pictures import picture  # noqa: E402
from tests.upgrade.conversations import BASE, talk  # noqa: E402
from tests.upgrade.people import APP_SECRET  # noqa: E402
from webchat.audit import record  # noqa: E402
from webchat.models import AuditRecord, Endpoint, Installation, Limits, User  # noqa: E402

STAFF_MAY = [
    "view_conversation", "change_conversation", "view_endpoint", "add_endpoint", "change_endpoint",
    "view_endpointmodel", "change_endpointmodel", "view_auditrecord", "view_outcome", "view_user",
    "change_user",
]  # fmt: skip
KEY = "sk-geese-0123456789"
LAKE = {
    "base_url": "https://lake.example/v1",
    "api_key": KEY,
    "proxy": "socks5://reader:secret@proxy.example:1080",
    "headers": {"X-Title": "Lake", "X-Token": "for-the-lake"},
    "options": {"temperature": 0.5, "seed": 7},
    "runs_at_once": 2,
    "silence_seconds": 90,
    "total_seconds": 900,
    "position": 5,
}


def site() -> None:
    found, _ = Installation.objects.get_or_create(pk=1)
    found.name, found.logo = "Harbour", picture(size=(16, 16))
    found.terms_url = "https://harbour.example/terms"
    found.notice, found.notice_level = "**Tonight** the site is read-only.", "warning"
    found.save()


def people() -> dict[str, User]:
    """Two staff, two members, one who waits and one who was switched off."""
    ada = User.objects.get(is_superuser=True)
    sam = make_user("sam", is_staff=True, email="sam@harbour.example", first_name="Sam")
    alice = make_user("alice", email="alice@harbour.example", chosen_time_zone="Europe/Berlin")
    bob = make_user("bob", time_zone="Asia/Tokyo", language="ru")
    make_user("wanda", is_active=False, awaits_approval=True)
    make_user("ina", is_active=False)
    make_user("heir")
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    EmailAddress.objects.create(user=sam, email=sam.email)
    alice.last_name = "Ивановна"
    alice.save()
    return {"ada": ada, "sam": sam, "alice": alice, "bob": bob}


def second_factors(sam: User, bob: User) -> str:
    """A recovery code of sam's. Bob has an authenticator app and a passkey."""
    TOTP.activate(sam, APP_SECRET)
    TOTP.activate(bob, APP_SECRET)
    WebAuthn.add(bob, "Blue key", registration())
    RecoveryCodes.activate(bob)
    return str(RecoveryCodes.activate(sam).get_unused_codes()[0])


def groups(sam: User, alice: User) -> Group:
    support, friends = (Group.objects.create(name=name) for name in ("Support", "Friends"))
    may = Permission.objects.filter(content_type__app_label="webchat", codename__in=STAFF_MAY)
    assert may.count() == len(STAFF_MAY)
    support.permissions.set(may)
    sam.groups.add(support)
    sam.user_permissions.add(Permission.objects.get(codename="view_limits"))
    alice.groups.add(friends)
    Limits.objects.create(
        group=friends, messages_a_minute=20, answers_at_once=3, tokens_a_day=10**6,
        upload_bytes=5_000_000,
    )  # fmt: skip
    Limits.objects.create(group=None, messages_a_minute=6)
    return friends


def endpoints(friends: Group) -> Endpoint:
    lake = make_endpoint("Lake", "OpenAICompatible", everyone=False, **LAKE)
    lake.groups.add(friends)
    default, *_ = make_models(lake, "perch-1", "pike-2", "爱-3")
    default.label = "Perch"
    default.make_default()
    river = make_endpoint(
        "River", "OpenAICompatible", base_url="http://127.0.0.1:9/v1", api_key="key-of-the-river"
    )
    make_models(river, "trout", enabled=False, by_hand=True)
    make_endpoint("Sleeping", "Koala", enabled=False, headers={"Authorization": "Bearer k"})
    return lake


def audit(ada: User, sam: User, alice: User, lake: Endpoint, gone: Any) -> None:
    action = AuditRecord.Action
    former = AuditRecord.objects.get(action=action.ACCOUNT_CHANGED)
    rows = [
        former,
        record(action.SIGNED_IN, actor=alice, method="password"),
        record(action.SIGN_IN_FAILED, name="mallory"),
        record(action.SIGNED_UP, actor=alice, subject=alice),
        record(action.ROLE_CHANGED, actor=ada, subject=sam, is_staff=True),
        record(action.ENDPOINT_CHANGED, actor=ada, subject=lake, label=["", "Lake"]),
        record(action.LIMITS_CHANGED, actor=ada, tokens_a_day=[None, 10**6]),
        record(action.CONVERSATION_OPENED, actor=sam, subject=gone),
        record(action.EXPORTED, actor=alice, format="json", count=2),
        record(action.DELETED, actor=sam, subject=gone),
        record(action.PRUNED, conversations=3),
    ]
    for number, row in enumerate(rows):
        at = BASE + timedelta(minutes=number)
        AuditRecord._base_manager.filter(pk=row.pk).update(at=at, address="192.0.2.7")


def session(user: User) -> str:
    """A session that ends long after every test."""
    found = SessionStore()
    found[SESSION_KEY] = str(user.pk)
    found[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    found[HASH_SESSION_KEY] = user.get_session_auth_hash()
    found.set_expiry(BASE + timedelta(days=36_500))
    found.create()
    UserSession.objects.create(
        user=user, ip="192.0.2.7", session_key=found.session_key, user_agent="Firefox"
    )
    cache.set("a key of some cache", "value", None)
    return str(found.session_key)


def fill() -> dict[str, str]:
    site()
    known = people()
    code = second_factors(known["sam"], known["bob"])
    friends = groups(known["sam"], known["alice"])
    lake = endpoints(friends)
    first = talk(known, lake, uuid4)
    gone = User.objects.create_user("gone")
    record(AuditRecord.Action.ACCOUNT_CHANGED, actor=gone, subject=gone, field="email")
    gone.delete()  # its record keeps the name
    audit(known["ada"], known["sam"], known["alice"], lake, first)
    return {"recovery_code": code, "session": session(known["alice"])}


if __name__ == "__main__":
    print(json.dumps(fill()))

"""What an installation shows to its people and its operator: `python -m tests.upgrade.seen`.

It prints JSON of the form of fixtures/expected.json. This is the one file of tests/upgrade that
knows names of the program. When a release renames a model, a column, a permission or an address,
adapt the lines here, and give the names that expected.json has.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

django.setup()

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.test import Client  # noqa: E402

from tests.upgrade import page  # noqa: E402
from tests.upgrade.people import APP_SECRET, CODES, HEIR, PASSWORD, PEOPLE, known  # noqa: E402
from webchat.generation.reaper import LOOKS, Reaper  # noqa: E402
from webchat.models import (  # noqa: E402
    AuditRecord,
    Conversation,
    Endpoint,
    Limits,
    Message,
    Outcome,
    Rating,
    User,
)
from webchat.search.indexing import index_some  # noqa: E402

SIGN_IN, ONE_MORE = "/accounts/login/", "/accounts/second-factor/authenticate/"
DOORS = {
    "conversations": "/admin/webchat/conversation/",
    "endpoints": "/admin/webchat/endpoint/",
    "add an endpoint": "/admin/webchat/endpoint/add/",
    "people": "/admin/webchat/user/",
    "groups": "/admin/auth/group/",
    "audit": "/admin/webchat/auditrecord/",
    "figures": "/admin/webchat/outcome/",
    "limits": "/admin/webchat/limits/",
    "site": "/admin/webchat/installation/",
}
WORDS = ("goose", "озеру", "鹅在", "Fußmatte", "interrupted", "soup", "прогул", "one goose")
MADE = datetime(2026, 11, 22, tzinfo=UTC)
"""Later records are of the upgrade and of this very reading."""
LANGUAGE = {"host": "localhost", "accept-language": "en"}

# No page waits for files to be collected.
settings.STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}


Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


def settle() -> None:
    """What a running server does within seconds: end the runs of dead processes, fill the index."""
    asyncio.run(_reap())
    while index_some():
        pass


async def _reap() -> None:
    reaper = Reaper(list)
    for _ in range(LOOKS + 1):
        await reaper.look()


# --- the pages of a person ---


def sign_in(name: str) -> Client | None:
    """A browser where this person has signed in, with a second factor where there is one."""
    client = Client(headers=LANGUAGE)
    client.post(SIGN_IN, {"login": name, "password": PASSWORD})
    if name in CODES:
        assert "_auth_user_id" not in client.session, f"{name} needs no second factor"
        client.post(ONE_MORE, {"code": code(CODES[name])})
    return client if "_auth_user_id" in client.session else None


def code(kind: str) -> str:
    if kind == "app":
        return str(format_hotp_value(hotp_value(APP_SECRET, int(time.time()) // 30)))
    return known()["recovery_code"]


def get(client: Client, address: str) -> page.Node:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    return page.read(answer.content.decode())


def digest(client: Client) -> Callable[[str], str]:
    return lambda address: hashlib.sha256(asyncio.run(_bytes(client.get(address)))).hexdigest()


async def _bytes(answer: Any) -> bytes:
    """Files are streamed for an event loop."""
    if not answer.streaming:
        return bytes(answer.content)
    return b"".join([piece async for piece in aiter(answer)])


def seen_by(name: str) -> dict[str, Any]:
    client = sign_in(name)
    if client is None:
        return {"signs in": False}
    sidebar = page.links(get(client, "/").first(kind="history"))
    archived = page.links(get(client, "/archived/").first(kind="rows"))
    return {
        "signs in": True,
        "name": get(client, "/").first("button", kind="account").first("bdi").text,
        "sidebar": [title for title, _ in sidebar],
        "archived": [title for title, _ in archived],
        "conversations": {
            title: conversation(client, address) for title, address in sidebar + archived
        },
        "found": {word: found(client, word) for word in WORDS},
        "doors": {door: opens(client, address) for door, address in DOORS.items()},
    }


def opens(client: Client, address: str) -> bool:
    return bool(client.get(address, follow=True).status_code == 200)


def conversation(client: Client, address: str) -> dict[str, Any]:
    shown = get(client, address)
    return {
        "title": shown.first("h1", kind="title").text,
        "messages": page.messages(shown, digest(client)),
    }


def found(client: Client, word: str) -> list[str]:
    """The titles of the conversations that a search shows."""
    answer = client.get("/search/hits/", {"q": word})
    hits = page.read(answer.content.decode()).all("li", kind="hit")
    return [hit.first(kind="hit-title").text for hit in hits]


def site() -> dict[str, Any]:
    """What a stranger reads of the installation."""
    client = Client(headers=LANGUAGE)
    shown = get(client, SIGN_IN)
    logo = next((i.get("src") for i in shown.all("img") if "/logo/" in i.get("src")), "")
    return {
        "name": shown.first("title").text.rpartition(" – ")[2],
        "notice": shown.first(kind="site-notice-text").text,
        "is a warning": bool(shown.first(kind="site-notice").is_a("div", kind="warning")),
        "logo": digest(client)(logo),
    }


def goes_on() -> str:
    """Whom a browser belongs to that was signed in before."""
    client = Client(headers=LANGUAGE)
    client.cookies[settings.SESSION_COOKIE_NAME] = known()["session"]
    return page.read(client.get("/").content.decode()).first(kind="account").first("bdi").text


# --- what the operator has set ---


def person(user: User) -> dict[str, Any]:
    addresses = user.emailaddress_set.order_by("email")
    return {
        "rights": sorted(user.get_all_permissions()) if not user.is_superuser else "all",
        "groups": sorted(group.name for group in user.groups.all()),
        "staff": user.is_staff,
        "active": user.is_active,
        "waits": user.awaits_approval,
        "time zone": user.zone_name,
        "language": user.language,
        "addresses": [[a.email, a.verified, a.primary] for a in addresses],
        "factors": sorted(
            [each.type, each.data.get("name", "")] for each in user.authenticator_set.all()
        ),
    }


def limits(row: Limits) -> dict[str, Any]:
    return {
        "messages a minute": row.messages_a_minute,
        "answers at once": row.answers_at_once,
        "tokens a day": row.tokens_a_day,
        "bytes": row.upload_bytes,
    }


def endpoint(row: Endpoint) -> dict[str, Any]:
    return {
        "provider": row.provider,
        "address": row.base_url,
        "key": row.api_key,
        "proxy": row.proxy,
        "headers": row.headers,
        "options": row.options,
        "enabled": row.enabled,
        "for": "everyone" if row.everyone else [group.name for group in row.groups.all()],
        "limits": [row.runs_at_once, row.silence_seconds, row.total_seconds],
        "models": [
            [each.name, each.title, each.enabled, each.is_default] for each in row.models.all()
        ],
    }


def audit(row: AuditRecord) -> list[Any]:
    subject = [row.subject_type, row.subject_name]
    return [row.at.isoformat(), row.actor_name, row.action, *subject, row.address, row.details]


def trees() -> dict[str, list[list[str]]]:
    """Every message of every branch, and what it answers."""
    rows = Message.objects.select_related("parent", "conversation").order_by("created_at", "id")
    told: dict[str, list[list[str]]] = {}
    for row in rows.exclude(conversation__owner__username=HEIR):
        parent = row.parent.text if row.parent else ""
        told.setdefault(row.conversation.name, []).append([row.role, row.text, parent])
    return told


def kind_of(row: Conversation) -> dict[str, Any]:
    return {
        "owner": row.owner.username,
        "endpoint": str(row.endpoint or ""),
        "model": row.model,
        "prompt": row.system_prompt,
        "parameters": row.parameters,
        "pinned": row.pinned,
        "state": row.state,
        "active": row.active_at.isoformat(),
        "marks": [row.message_count, row.has_errors, row.has_images],
    }


def kept() -> dict[str, Any]:
    people = User.objects.exclude(username=HEIR).order_by("username")
    ratings = Rating.objects.exclude(owner__username=HEIR).order_by("owner_id", "message__text")
    told = Outcome.objects.filter(estimated=False).order_by("owner__username", "status")
    return {
        "people": {user.username: person(user) for user in people},
        "groups": {str(row.group or ""): limits(row) for row in Limits.objects.all()}
        | {"all": sorted(Group.objects.values_list("name", flat=True))},
        "endpoints": {row.label: endpoint(row) for row in Endpoint.objects.filter(origin="admin")},
        "audit": [
            audit(row) for row in AuditRecord.objects.filter(at__lt=MADE).order_by("at", "id")
        ],
        "ratings": [[r.owner.username, r.thumb, r.reason, r.comment] for r in ratings],
        "outcomes": [
            [o.owner.username, o.provider, o.model, o.status, o.prompt_tokens, o.completion_tokens]
            for o in told
        ],
        "conversations": {
            row.title: kind_of(row) for row in Conversation.objects.exclude(owner__username=HEIR)
        },
        "branches": trees(),
    }


def everything() -> dict[str, Any]:
    settle()
    return {
        "site": site(),
        "signed in before": goes_on(),
        "pages": {name: seen_by(name) for name in PEOPLE},
        "imported": seen_by(HEIR),
        **kept(),
    }


if __name__ == "__main__":
    print(json.dumps(everything()))

"""What the operator of an installation has set and kept, for tests/upgrade/seen.py.

The keys of the dictionaries are those of fixtures/expected.json. They stay; what is read changes
with the program.
"""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group

from tests.upgrade.people import HEIR
from webchat.models import (
    AuditRecord,
    Conversation,
    Endpoint,
    Limits,
    Message,
    Outcome,
    Rating,
    User,
)

MADE = datetime(2026, 11, 22, tzinfo=UTC)
"""Later records are of the upgrade and of this very reading."""


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
    found: dict[str, list[list[str]]] = {}
    for row in rows.exclude(conversation__owner__username=HEIR):
        parent = row.parent.text if row.parent else ""
        found.setdefault(row.conversation.name, []).append([row.role, row.text, parent])
    return found


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
    outcomes = Outcome.objects.filter(estimated=False).order_by("owner__username", "status")
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
            for o in outcomes
        ],
        "conversations": {
            row.title: kind_of(row) for row in Conversation.objects.exclude(owner__username=HEIR)
        },
        "branches": trees(),
    }

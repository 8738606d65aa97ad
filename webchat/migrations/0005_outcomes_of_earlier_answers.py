"""What became of the answers there are already, as far as their messages tell."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import migrations

BATCH = 1000
TOKENS_MAX = 2**31 - 1


def remember(apps: Any, schema_editor: Any) -> None:
    """One outcome for each answer that ended; of its prompt only the question is known."""
    Outcome = apps.get_model("webchat", "Outcome")
    endpoints = {}
    for pk, label in apps.get_model("webchat", "Endpoint").objects.order_by("-pk").values_list("pk", "label"):
        endpoints[label] = pk
    batch = []
    for answer in answers(apps):
        batch.append(Outcome(endpoint_id=endpoints.get(answer.provider), **columns(answer)))
        if len(batch) >= BATCH:
            Outcome.objects.bulk_create(batch, ignore_conflicts=True)
            batch = []
    Outcome.objects.bulk_create(batch, ignore_conflicts=True)


def answers(apps: Any) -> Iterator[Any]:
    query = apps.get_model("webchat", "Message").objects.filter(role="assistant")
    query = query.exclude(status="streaming").select_related("conversation", "parent").order_by()
    yield from query.iterator(chunk_size=BATCH)


def columns(answer: Any) -> dict[str, Any]:
    usage, timings = answer.usage or {}, answer.timings or {}
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    took = timings.get("total")
    failed = answer.status == "failed" and not answer.text
    return {
        "message_id": answer.pk,
        "owner_id": answer.conversation.owner_id,
        "provider": answer.provider,
        "model": answer.model,
        "status": answer.status,
        "error_code": str((answer.error or {}).get("code", ""))[:40],
        "prompt_tokens": counted(prompt, "" if failed or not answer.parent else answer.parent.text),
        "completion_tokens": counted(completion, answer.text + answer.reasoning),
        "estimated": prompt is None or completion is None,
        "first_seconds": timings.get("first"),
        "total_seconds": took,
        "started_at": answer.created_at,
        "ended_at": answer.created_at + timedelta(seconds=took or 0),
    }


def counted(told: int | None, text: str) -> int:
    """What the provider told, else a token for four ASCII characters or three bytes of others."""
    if told is None:
        plain = len(text.encode("ascii", "ignore"))
        told = plain // 4 + (len(text.encode("utf-8", "replace")) - plain) // 3
    return max(0, min(told, TOKENS_MAX))


class Migration(migrations.Migration):
    dependencies = [("webchat", "0004_installation")]

    operations = [migrations.RunPython(remember, migrations.RunPython.noop, elidable=True)]

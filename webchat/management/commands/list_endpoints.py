"""`manage.py list_endpoints`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webchat.catalog import with_health, with_offered
from webchat.management.endpoints import as_json, moment, table
from webchat.models import Endpoint

HEAD = (
    "number", "label", "provider", "address", "state", "models", "key",
    "last success", "last failure", "errors in 24 h",
)  # fmt: skip


class Command(BaseCommand):
    help = (
        "Name every endpoint in the order of the picker: its number, where it is, whether it is "
        "on, how many models it offers, whether a key is set, and how it has been doing. Keys "
        "are never printed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs: a list of objects")

    def handle(self, *args: Any, **options: Any) -> None:
        endpoints = with_offered(with_health(Endpoint.objects.order_by("position", "id")))
        if options["json"]:
            self.stdout.write(as_json([described(endpoint) for endpoint in endpoints]))
            return
        rows = [cells(described(endpoint), endpoint) for endpoint in endpoints]
        self.stdout.write(table(HEAD, rows) if rows else "There is no endpoint.")


def described(endpoint: Any) -> dict[str, Any]:
    """An endpoint for programs; its secrets only as set or not."""
    return {
        "id": endpoint.pk,
        "label": endpoint.label,
        "provider": endpoint.provider,
        "base_url": endpoint.base_url,
        "enabled": endpoint.enabled,
        "origin": endpoint.origin,
        "everyone": endpoint.everyone,
        "models_offered": endpoint.offered_models or 0,
        "models_checked_at": _iso(endpoint.models_checked_at),
        "key_is_set": bool(endpoint.api_key),
        "proxy_is_set": bool(endpoint.proxy),
        "headers_are_set": bool(endpoint.headers),
        "last_success": _iso(endpoint.last_success),
        "last_failure": _iso(endpoint.last_failure),
        "last_failure_code": endpoint.last_failure_code or "",
        "answers_in_24_h": endpoint.recent or 0,
        "errors_in_24_h": endpoint.failed or 0,
    }


def _iso(at: Any) -> str | None:
    return at.isoformat() if at else None


def cells(told: dict[str, Any], endpoint: Any) -> list[str]:
    """The same as a line of the table."""
    failure = moment(endpoint.last_failure)
    if told["last_failure_code"]:
        failure += f" {told['last_failure_code']}"
    return [
        str(told["id"]),
        told["label"],
        told["provider"],
        told["base_url"] or "-",
        "on" if told["enabled"] else "off",
        str(told["models_offered"]),
        "set" if told["key_is_set"] else "not set",
        moment(endpoint.last_success),
        failure,
        f"{told['errors_in_24_h']} of {told['answers_in_24_h']}",
    ]

"""What was changed at an endpoint, as the audit tells it: secrets never in words."""

from typing import Any

from webchat.models import Endpoint

SECRETS = ("api_key", "proxy", "headers")
TOLD = (
    "label",
    "provider",
    "base_url",
    "enabled",
    "everyone",
    "runs_at_once",
    "silence_seconds",
    "total_seconds",
    "offers_new_models",
    "position",
)


def snapshot(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint as it is now, to be compared with what it becomes. It holds the secrets."""
    known = {name: getattr(endpoint, name) for name in (*TOLD, *SECRETS, "options")}
    names = endpoint.groups.values_list("name", flat=True) if endpoint.pk else []
    return known | {"groups": sorted(names)}


def stored_snapshot(pk: int | None) -> dict[str, Any]:
    """The same of the endpoint as it is stored; empty when there is none yet."""
    endpoint = Endpoint.objects.filter(pk=pk).first() if pk else None
    return snapshot(endpoint) if endpoint is not None else {}


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What differs: `[former, now]` by name; of a secret, and of options, only that it does."""
    changed: dict[str, Any] = {}
    for name, now in after.items():
        former = before.get(name)
        if former == now or (not before and not now):
            continue
        if name in SECRETS:
            changed[name] = "changed" if former and now else "set" if now else "removed"
        elif name == "options":
            changed[name] = _differing_keys(former or {}, now)
        else:
            changed[name] = [former, now]
    return changed


def _differing_keys(former: dict[str, Any], now: dict[str, Any]) -> list[str]:
    missing = object()
    names = former.keys() | now.keys()
    return sorted(n for n in names if former.get(n, missing) != now.get(n, missing))

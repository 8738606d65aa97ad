"""Endpoints as commands name and print them."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils.timezone import localtime

from webchat.catalog import Trial
from webchat.management.secrets import MISUSED
from webchat.models import Endpoint


def find_endpoints(names: Iterable[str]) -> list[Endpoint]:
    """The endpoints of these numbers or labels, each once. Raises CommandError."""
    found: dict[int, Endpoint] = {}
    for name in names:
        matches = _named(name)
        if not matches:
            raise CommandError(f"There is no endpoint {name!r}.", returncode=MISUSED)
        if len(matches) > 1:
            numbers = ", ".join(str(endpoint.pk) for endpoint in matches)
            raise CommandError(
                f"Several endpoints are called {name!r}; name one by its number: {numbers}.",
                returncode=MISUSED,
            )
        found[matches[0].pk] = matches[0]
    return list(found.values())


def _named(name: str) -> Sequence[Endpoint]:
    if name.isdecimal() and (one := Endpoint.objects.filter(pk=int(name)).first()):
        return [one]
    return list(Endpoint.objects.filter(label=name))


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def moment(at: datetime | None) -> str:
    """A time in a table."""
    return f"{localtime(at):%Y-%m-%d %H:%M}" if at else "-"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they have to be."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def in_words(trial: Trial) -> str:
    """What came of asking an endpoint, for people."""
    lines = [f"{trial.endpoint.label}: {'works' if trial.works else 'does not work'}"]
    if trial.error is not None:
        lines.append(trial.error.message)
        lines.append(f"detail: {trial.error.detail}")
    if trial.answered_after is not None:
        lines.append(f"{trial.model} began to answer after {trial.answered_after:.2f} s")
    elif trial.model:
        lines.append(f"{trial.model} was asked")
    if trial.models is not None:
        lines.append(f"{len(trial.models)} models, listed after {trial.listed_after or 0:.2f} s")
    elif trial.refusal is not None and trial.refusal is not trial.error:
        lines.append(f"it does not tell its models: {trial.refusal.message}")
    return "\n    ".join(lines)

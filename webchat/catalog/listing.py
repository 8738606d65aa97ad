"""The models of an endpoint as it listed them last, kept as rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from providers.base import AsyncGeneratorProvider
from providers.openai_models import ModelInfo
from webchat.models import Endpoint, EndpointModel

MODELS_MAX = 2000  # the longest public lists hold some hundreds
NAME_MAX = 200  # what fits into the column of a message
LABEL_MAX = 120
KEEP_GONE = timedelta(days=30)  # a model that comes back within this has its label and its switch


@dataclass(frozen=True)
class Listing:
    """What became of a list: how many models it holds, and how many came and went."""

    total: int
    new: int = 0
    gone: int = 0


def known_models(provider: type[AsyncGeneratorProvider]) -> list[ModelInfo]:
    """The models that a provider names itself, without asking anybody."""
    return [ModelInfo(name) for name in provider.get_models()]


def usable(models: Iterable[ModelInfo]) -> list[ModelInfo]:
    """Those of a list that can be shown and kept, each once."""
    good = (m for m in models if m.id.isprintable() and 0 < len(m.id) <= NAME_MAX)
    return list({model.id: model for model in good}.values())[:MODELS_MAX]


@transaction.atomic
def store(endpoint: Endpoint, listed: Sequence[ModelInfo], *, asked: bool = True) -> Listing:
    """Keep what an endpoint lists now. What administrators said of a model stays as it is.

    `asked` is whether the endpoint itself told it, just now.
    """
    now = timezone.now()
    models = usable(listed)
    known = {row.name: row for row in endpoint.models.all()}
    new = _rows_of_new(endpoint, models, known)
    EndpointModel.objects.bulk_create(new, ignore_conflicts=True)  # another process may be as far
    gone = _mark(known.values(), {model.id: at for at, model in enumerate(models, 1)}, now)
    endpoint.models.filter(gone_since__lt=now - KEEP_GONE, is_default=False).delete()
    if asked:
        Endpoint.objects.filter(pk=endpoint.pk).update(models_checked_at=now)
    return Listing(len(models), len(new), gone)


def _rows_of_new(
    endpoint: Endpoint, models: Sequence[ModelInfo], known: dict[str, EndpointModel]
) -> list[EndpointModel]:
    return [
        EndpointModel(
            endpoint=endpoint,
            name=model.id,
            label=model.label[:LABEL_MAX] if model.label.isprintable() else "",
            enabled=endpoint.offers_new_models,
            position=position,
        )
        for position, model in enumerate(models, 1)
        if model.id not in known
    ]


def _mark(rows: Iterable[EndpointModel], places: dict[str, int], now: datetime) -> int:
    """Write down which rows moved, came back or went; how many went."""
    changed, gone = [], 0
    for row in rows:
        before = (row.position, row.gone_since)
        if row.name in places:
            row.position, row.gone_since = places[row.name], None
        elif row.gone_since is None and not row.by_hand:
            row.gone_since = now
            gone += 1
        if (row.position, row.gone_since) != before:
            changed.append(row)
    EndpointModel.objects.bulk_update(changed, ["position", "gone_since"], batch_size=500)
    return gone

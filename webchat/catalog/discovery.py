"""Which models an endpoint offers, asked of the endpoint itself."""

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from providers.errors import ProviderError
from providers.openai_compatible import OpenAICompatible
from webchat.db import db, db_write
from webchat.models import Endpoint

log = logging.getLogger(__name__)

REFRESH_AFTER = timedelta(minutes=10)  # a model that was pulled meanwhile appears by itself
MODELS_MAX = 2000  # the longest public lists hold some hundreds


def _due() -> list[Endpoint]:
    """The endpoints whose models are not known, or not known any more."""
    mine = Endpoint.objects.filter(provider=OpenAICompatible.__name__, enabled=True)
    old = timezone.now() - REFRESH_AFTER
    return list(mine.filter(Q(models_checked_at=None) | Q(models_checked_at__lt=old)))


def _save(endpoint: Endpoint, names: list[str]) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(
        model_names=names[:MODELS_MAX], models_checked_at=timezone.now()
    )


async def discover() -> None:
    """Ask every endpoint that is due; one that fails keeps its list and is asked again later."""
    for endpoint in await db(_due):
        try:
            models = await OpenAICompatible.fetch_models(
                base_url=endpoint.base_url,
                api_key=endpoint.api_key or None,
                proxy=endpoint.proxy or None,
                headers=endpoint.headers or None,
            )
        except ProviderError as error:
            log.warning("endpoint %d does not tell its models: %s", endpoint.pk, error)
            continue
        names = [model.id for model in models if model.id.isprintable()]
        await db_write(_save, endpoint, names)

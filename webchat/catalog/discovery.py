"""Which models an endpoint offers, asked of the endpoint itself."""

import logging

from django.utils import timezone

from providers.errors import ProviderError
from providers.openai_compatible import OpenAICompatible
from webchat.db import db, db_write
from webchat.models import Endpoint

log = logging.getLogger(__name__)

MODELS_MAX = 2000  # the longest public lists hold some hundreds


def _unknown() -> list[Endpoint]:
    return list(
        Endpoint.objects.filter(
            provider=OpenAICompatible.__name__, enabled=True, models_checked_at=None
        )
    )


def _save(endpoint: Endpoint, names: list[str]) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(
        model_names=names[:MODELS_MAX], models_checked_at=timezone.now()
    )


async def discover() -> None:
    """Ask every endpoint whose models are not known yet; one that fails is asked again later."""
    for endpoint in await db(_unknown):
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
        await db_write(_save, endpoint, [model.id for model in models])

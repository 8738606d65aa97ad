"""Which models an endpoint offers, asked of the endpoint itself."""

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from providers.errors import ProviderError
from providers.openai_compatible import OpenAICompatible
from providers.openai_models import ModelInfo
from providers.registry import providers
from providers.timeouts import Timeouts
from webchat.catalog.listing import known_models, store
from webchat.db import db, db_write
from webchat.models import Endpoint

log = logging.getLogger(__name__)

REFRESH_AFTER = timedelta(minutes=10)  # a model that was pulled meanwhile appears by itself
LIST_SECONDS = 20  # a list is short; a server that is up answers long before


def tells_models(endpoint: Endpoint) -> bool:
    """Whether the endpoint can be asked which models it has."""
    return endpoint.provider in _tellers()


def _tellers() -> list[str]:
    known = providers().items()
    return [name for name, provider in known if issubclass(provider, OpenAICompatible)]


async def ask_for_models(endpoint: Endpoint) -> list[ModelInfo]:
    """The models that an endpoint lists now. Raises ProviderError."""
    provider = providers()[endpoint.provider]
    assert issubclass(provider, OpenAICompatible)  # noqa: S101 - `tells_models` was asked before
    return await provider.fetch_models(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key or None,
        proxy=endpoint.proxy or None,
        headers=endpoint.headers or None,
        timeout=Timeouts(read=LIST_SECONDS, total=LIST_SECONDS),
    )


def renew(endpoint: Endpoint) -> None:
    """See to the models of an endpoint that is new or was changed: now, or at the next look."""
    provider = providers().get(endpoint.provider)
    if tells_models(endpoint):
        Endpoint.objects.filter(pk=endpoint.pk).update(models_checked_at=None)
    elif provider is not None:
        store(endpoint, known_models(provider), asked=False)


def _due() -> list[Endpoint]:
    """The endpoints whose models are not known, or not known any more."""
    mine = Endpoint.objects.filter(provider__in=_tellers(), enabled=True)
    old = timezone.now() - REFRESH_AFTER
    return list(mine.filter(Q(models_checked_at=None) | Q(models_checked_at__lt=old)))


async def discover() -> None:
    """Ask every endpoint that is due; one that fails keeps its list and is asked again later."""
    for endpoint in await db(_due):
        try:
            models = await ask_for_models(endpoint)
        except ProviderError as error:
            log.warning("endpoint %d does not tell its models: %s", endpoint.pk, error)
            continue
        await db_write(store, endpoint, models)

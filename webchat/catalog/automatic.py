"""Endpoints that appear by themselves: providers without a key, the environment, this computer."""

import asyncio
import logging
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.conf import settings

from providers.base import AsyncGeneratorProvider
from providers.errors import ProviderError
from providers.openai_compatible import OpenAICompatible
from providers.registry import providers
from webchat.catalog.listing import known_models, store
from webchat.models import Endpoint

log = logging.getLogger(__name__)

PROBE_SECONDS = 0.5  # a server on this computer answers its model list within this or is not there


@dataclass(frozen=True)
class LocalServer:
    label: str
    port: int


LOCAL_SERVERS = (
    LocalServer("Ollama", 11434),
    LocalServer("LM Studio", 1234),
    LocalServer("llama.cpp", 8080),
)


def sync() -> None:
    """Bring the automatic endpoints in line with the registry and the settings."""
    first_start = not Endpoint.objects.exists()
    for name, provider in providers().items():
        if not provider.needs_auth and not provider.needs_base_url:
            _sync_built_in(name, provider)
    _sync_environment()
    if first_start and settings.LOCAL_SERVERS:
        asyncio.run(_offer_local_servers())


def _sync_built_in(name: str, provider: type[AsyncGeneratorProvider]) -> None:
    """One endpoint at the provider's own address, or where PROVIDER_BASE_URLS says instead."""
    endpoint, _ = Endpoint.objects.get_or_create(
        provider=name,
        origin=Endpoint.Origin.BUILT_IN,
        defaults={
            "label": provider.label or name,
            "enabled": provider.working,
            "position": 300 if provider.unofficial else 200,
        },
    )
    elsewhere = settings.PROVIDER_BASE_URLS.get(name, "")
    if endpoint.base_url != elsewhere:
        endpoint.base_url, endpoint.enabled = elsewhere, bool(elsewhere) or provider.working
        endpoint.save(update_fields=["base_url", "enabled"])
    store(endpoint, known_models(provider), asked=False)


def _sync_environment() -> None:
    """Exactly one endpoint mirrors OPENAI_BASE_URL and OPENAI_API_KEY, none when they are unset."""
    mine = Endpoint.objects.filter(origin=Endpoint.Origin.ENVIRONMENT)
    if not settings.OPENAI_BASE_URL:
        mine.update(enabled=False)
        return
    endpoint = mine.first() or Endpoint(origin=Endpoint.Origin.ENVIRONMENT, position=10)
    if endpoint.pk and endpoint.base_url != settings.OPENAI_BASE_URL:
        endpoint.models.all().delete()
        endpoint.models_checked_at = None
    endpoint.label = endpoint.label or "OpenAI-compatible"
    endpoint.provider = OpenAICompatible.__name__
    endpoint.base_url = settings.OPENAI_BASE_URL
    endpoint.api_key = settings.OPENAI_API_KEY
    endpoint.enabled = True
    endpoint.save()


async def _offer_local_servers() -> None:
    await asyncio.gather(*(_offer_local_server(server) for server in LOCAL_SERVERS))


async def _offer_local_server(server: LocalServer) -> None:
    base_url = f"http://127.0.0.1:{server.port}/v1"
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            models = await OpenAICompatible.fetch_models(base_url=base_url)
    except (TimeoutError, ProviderError) as error:
        log.debug("no %s on port %d: %s", server.label, server.port, error)
        return
    endpoint = Endpoint(
        label=server.label,
        provider=OpenAICompatible.__name__,
        origin=Endpoint.Origin.LOCAL,
        base_url=base_url,
        position=20,
    )
    await endpoint.asave()
    await sync_to_async(store)(endpoint, models)

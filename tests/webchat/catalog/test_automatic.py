"""Endpoints that appear by themselves."""

from typing import Any

import pytest

from tests.emulators.openai import OpenAIEmulator
from tests.factories import make_models
from webchat.catalog import automatic, sync
from webchat.catalog.automatic import LocalServer
from webchat.db import db
from webchat.models import Endpoint, EndpointModel


@pytest.fixture(autouse=True)
def nothing_set(settings: Any, db: None) -> None:
    settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
    settings.PROVIDER_BASE_URLS = {}
    settings.LOCAL_SERVERS = False


def enabled() -> set[str]:
    return set(Endpoint.objects.filter(enabled=True).values_list("provider", flat=True))


def test_every_provider_without_a_key_appears_and_the_broken_ones_are_off() -> None:
    sync()
    assert enabled() == {"Demo", "PerplexityLabs", "Websim"}
    everything = set(Endpoint.objects.values_list("provider", flat=True))
    assert everything == enabled() | {"Pizzagpt", "Koala", "Vitalentum"}


def test_a_second_start_changes_nothing() -> None:
    sync()
    before = list(Endpoint.objects.values())
    sync()
    assert list(Endpoint.objects.values()) == before


def test_the_models_of_a_built_in_provider_can_be_switched_one_by_one() -> None:
    sync()
    assert EndpointModel.objects.filter(endpoint__provider="Demo").count() == 3
    EndpointModel.objects.filter(name="demo-image").update(enabled=False, label="Pictures")
    sync()
    row = EndpointModel.objects.get(name="demo-image")
    assert (row.enabled, row.label) == (False, "Pictures")


def test_what_an_administrator_switched_stays_switched() -> None:
    sync()
    Endpoint.objects.filter(provider="Koala").update(enabled=True)
    Endpoint.objects.filter(provider="Websim").update(enabled=False)
    sync()
    assert enabled() == {"Demo", "PerplexityLabs", "Koala"}


def test_another_address_switches_a_provider_on_and_its_removal_puts_all_back(
    settings: Any,
) -> None:
    settings.PROVIDER_BASE_URLS = {"Koala": "http://127.0.0.1:9104"}
    sync()
    koala = Endpoint.objects.get(provider="Koala")
    assert (koala.base_url, koala.enabled) == ("http://127.0.0.1:9104", True)
    settings.PROVIDER_BASE_URLS = {}
    sync()
    koala.refresh_from_db()
    assert (koala.base_url, koala.enabled) == ("", False)


def test_the_environment_makes_one_endpoint_with_an_encrypted_key(settings: Any) -> None:
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = "http://127.0.0.1:9/v1", "sk-secret"
    sync()
    sync()
    [endpoint] = Endpoint.objects.filter(origin="environment")
    assert (endpoint.base_url, endpoint.api_key) == ("http://127.0.0.1:9/v1", "sk-secret")
    stored = Endpoint.objects.filter(pk=endpoint.pk).extra(select={"raw": "api_key"})
    assert "sk-secret" not in str(stored.values("raw"))


def test_without_the_setting_the_environments_endpoint_is_off(settings: Any) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    sync()
    settings.OPENAI_BASE_URL = ""
    sync()
    assert not Endpoint.objects.get(origin="environment").enabled


def test_a_new_address_forgets_the_models_of_the_old_one(settings: Any) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    sync()
    make_models(Endpoint.objects.get(origin="environment"), "old")
    settings.OPENAI_BASE_URL = "http://127.0.0.1:10/v1"
    sync()
    assert not EndpointModel.objects.filter(endpoint__origin="environment").exists()


@pytest.mark.django_db(transaction=True)
async def test_a_model_server_on_this_computer_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    emulator = OpenAIEmulator()
    await emulator.start("127.0.0.1", 0)
    port = int(emulator.base_url.rpartition(":")[2].partition("/")[0])
    there, gone = LocalServer("Ollama", port), LocalServer("LM Studio", 9)
    monkeypatch.setattr(automatic, "LOCAL_SERVERS", (there, gone))
    await automatic._offer_local_servers()
    await emulator.stop()
    [endpoint] = await db(lambda: list(Endpoint.objects.filter(origin="local")))
    assert endpoint.label == "Ollama"
    assert await db(endpoint.models.offered().exists)

"""Providers are found by name, and a broken plug-in harms nobody."""

from importlib.metadata import EntryPoint

import pytest

from providers import registry
from providers.base import AsyncGeneratorProvider
from providers.demo import Demo
from providers.openai_compatible import OpenAICompatible
from providers.registry import find, providers


class Plugin(AsyncGeneratorProvider):
    """What an installed package may add."""


class Koala(AsyncGeneratorProvider):
    """One that pretends to be a built-in provider."""


@pytest.fixture
def plugged(monkeypatch):
    def plug(*names):
        entries = [EntryPoint(n, f"{__name__}:{n}", registry.GROUP) for n in names]
        monkeypatch.setattr(registry, "entry_points", lambda group: entries)
        providers.cache_clear()

    yield plug
    providers.cache_clear()


def test_the_built_in_providers_are_all_there():
    assert list(providers()) == [
        "OpenAICompatible",
        "Demo",
        "PerplexityLabs",
        "Websim",
        "Pizzagpt",
        "Koala",
        "Vitalentum",
    ]


def test_what_works_is_as_the_documents_say():
    assert {name for name, provider in providers().items() if provider.working} == {
        "OpenAICompatible",
        "Demo",
        "PerplexityLabs",
        "Websim",
    }
    unofficial = {name for name, provider in providers().items() if provider.unofficial}
    assert unofficial == set(providers()) - {"OpenAICompatible", "Demo"}


def test_a_provider_is_found_in_any_case():
    assert find("demo") is Demo
    assert find("OPENAIcompatible") is OpenAICompatible
    assert find("nobody") is None


def test_a_plug_in_is_added(plugged):
    plugged("Plugin")
    assert find("plugin") is Plugin


def test_a_plug_in_cannot_take_the_place_of_a_built_in_provider(plugged):
    plugged("Koala")
    assert find("Koala") is not Koala


@pytest.mark.parametrize("name", ["Missing", "find", "registry"])
def test_a_broken_plug_in_is_logged_and_left_out(plugged, caplog, name):
    plugged(name, "Plugin")
    assert "Plugin" in providers()
    assert name not in providers()
    assert name in caplog.text

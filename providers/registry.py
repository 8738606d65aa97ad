"""All providers by name: those of this package, and those that installed packages add."""

import logging
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from providers.base import AsyncGeneratorProvider
from providers.demo import Demo
from providers.koala import Koala
from providers.openai_compatible import OpenAICompatible
from providers.perplexity_labs import PerplexityLabs
from providers.pizzagpt import Pizzagpt
from providers.vitalentum import Vitalentum
from providers.websim import Websim

GROUP = "webchat.providers"

_LOG = logging.getLogger(__name__)
_BUILT_IN: tuple[type[AsyncGeneratorProvider], ...] = (
    OpenAICompatible,
    Demo,
    PerplexityLabs,
    Websim,
    Pizzagpt,
    Koala,
    Vitalentum,
)


@cache
def providers() -> dict[str, type[AsyncGeneratorProvider]]:
    """Every provider by its class's name; a plug-in that cannot be used is logged and left out.

    A plug-in never takes the place of a built-in provider.
    """
    found = {provider.__name__: provider for provider in _BUILT_IN}
    for entry in entry_points(group=GROUP):
        provider = _load(entry)
        if provider is not None:
            found.setdefault(provider.__name__, provider)
    return found


def find(name: str) -> type[AsyncGeneratorProvider] | None:
    """The provider of this name, whatever its letters' case; None where there is none."""
    wanted = name.casefold()
    return next((p for known, p in providers().items() if known.casefold() == wanted), None)


def _load(entry: EntryPoint) -> type[AsyncGeneratorProvider] | None:
    try:
        provider = entry.load()
        if isinstance(provider, type) and issubclass(provider, AsyncGeneratorProvider):
            return provider
    except Exception:  # a plug-in may fail in any way; the others must not suffer
        _LOG.exception("The provider plug-in %s cannot be loaded.", entry.name)
        return None
    _LOG.error("The provider plug-in %s is not an AsyncGeneratorProvider.", entry.name)
    return None

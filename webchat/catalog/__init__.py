"""Which providers and models a person may choose from."""

from webchat.catalog.automatic import sync
from webchat.catalog.discovery import discover, renew, tells_models
from webchat.catalog.health import KINDS, with_health, with_offered
from webchat.catalog.offers import Choice, NotOffered, Offer, choices, default_choice, resolve
from webchat.catalog.trial import Trial, refresh, try_endpoints

__all__ = [
    "KINDS",
    "Choice",
    "NotOffered",
    "Offer",
    "Trial",
    "choices",
    "default_choice",
    "discover",
    "refresh",
    "renew",
    "resolve",
    "sync",
    "tells_models",
    "try_endpoints",
    "with_health",
    "with_offered",
]

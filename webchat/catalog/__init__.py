"""Which providers and models a person may choose from."""

from webchat.catalog.automatic import sync
from webchat.catalog.discovery import discover
from webchat.catalog.offers import Choice, NotOffered, Offer, choices, default_choice, resolve

__all__ = [
    "Choice",
    "NotOffered",
    "Offer",
    "choices",
    "default_choice",
    "discover",
    "resolve",
    "sync",
]

"""Every address of the site, collected from the URLconf, each with something behind it.

A new page is among them by itself. One that takes an argument needs a line in BEHIND, or the tests
that go through all addresses fail and say so.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

MAKE = "from tests.addresses import print_things; print_things()"

# How an address begins that takes an argument, and the same with a thing of tests/things.py in it.
BEHIND = {
    "c/<uuid:pk>/": "c/{conversation}/",
    "m/<uuid:pk>/": "m/{answer}/",
    "r/<uuid:pk>/": "r/{run}/",
    "media/<uuid:pk>/": "media/{picture}/",
    "setup/<str:token>/": "setup/{token}/",
    "logo/<str:digest>.png": "logo/{logo}.png",
    "accounts/email/confirm/<str:key>/": "accounts/email/confirm/{token}/",
    "accounts/^password/reset/key/(?P": "{reset}",
    "accounts/second-factor/webauthn/keys/<int:pk>/": "accounts/second-factor/webauthn/keys/{key}/",
    "admin/r/<path:content_type_id>/<path:object_id>/": "admin/r/{content}/",
    "admin/webchat/conversation/<uuid:pk>/pictures/<uuid:media>/": (
        "admin/webchat/conversation/{conversation}/pictures/{picture}/"
    ),
    "admin/webchat/outcome/<slug:slug>.csv": "admin/webchat/outcome/activity.csv",
    "admin/^(?P<app_label>": "admin/webchat/",
    "admin/(?P<url>.*)$": "admin/nowhere/",
}


class Manager(Protocol):
    def manage(self, *arguments: str) -> str: ...


@dataclass(frozen=True)
class Address:
    """`path` is below BASE_PATH and begins with a slash; `route` is what the URLconf has."""

    route: str
    path: str


@dataclass(frozen=True)
class Site:
    """What there is to visit, and the sessions of people who may: each sees other pages."""

    addresses: list[Address]
    administrator: str
    somebody: str


def explore(product: Manager) -> Site:
    """All there is, on a product whose data folder gets what the pages are about."""
    things = json.loads(product.manage("shell", "-v0", "-c", MAKE).splitlines()[-1])
    found = [Address(route, fill(route, things)) for route in routes(get_resolver().url_patterns)]
    return Site(found, things["administrator"], things["somebody"])


def routes(patterns: Any, before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def fill(route: str, things: Mapping[str, str]) -> str:
    """The path of a route, with the things behind it."""
    if not re.search(r"[<(]", route):
        return f"/{route}"
    start = next((one for one in BEHIND if route.startswith(one)), "")
    path = BEHIND.get(start, "")
    if not path and (found := re.match(r"(admin/(\w+)/(\w+)/)<(?:\w+:)?\w+>/", route)):
        start, path = found[0], f"{found[1]}{{{found[2]}.{found[3]}}}/"
    for thing in re.findall(r"{([\w.]+)}", path):
        assert thing in things, f"tests/things.py makes no {thing}, which {route!r} is about"
        path = path.replace(f"{{{thing}}}", things[thing])
    rest = "" if "(?P" in start else route.removeprefix(start)
    assert path and "<" not in rest, f"tests/addresses.py does not say what is behind {route!r}"
    return f"/{path}{rest}"


def print_things() -> None:
    """What stands for what; said inside of the product, by `explore`."""
    from tests import things  # noqa: PLC0415  (it wants Django's tables, which tests may not have)

    made = things.make()
    for model in admin.site._registry:
        label = model._meta.label_lower
        if (first := model._default_manager.first()) is not None:
            made.setdefault(label, str(first.pk))
    print(json.dumps(made))

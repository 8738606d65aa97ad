"""Who asks, and in which time zone they live."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from webchat.forms.preferences import known_time_zone
from webchat.models import User
from webchat.protocol.visitors import TIME_ZONE_COOKIE

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


def person(request: HttpRequest) -> User:
    """Who is signed in; every view that asks stands behind the sign-in."""
    user: Any = request.user
    if not isinstance(user, User):
        raise TypeError("a view for everybody asked who is signed in")
    return user


def _remember(user: User, name: str) -> None:
    """Sockets and later visits know the zone from the row; it changes when people travel."""
    user.time_zone = name
    user.save(update_fields=["time_zone"])


def own_time_zone(request: HttpRequest) -> ZoneInfo:
    """The chosen zone, else the one the browser told last, else the installation's."""
    user = person(request)
    told = request.COOKIES.get(TIME_ZONE_COOKIE, "")
    if told != user.time_zone and known_time_zone(told):
        _remember(user, told)
    return user.zone


def seen_in_own_time(
    view: Callable[Concatenate[HttpRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R]:
    """Make the dates of a page those of the person's time zone."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with timezone.override(own_time_zone(request)):
            return view(request, *args, **kwargs)

    return wrapped

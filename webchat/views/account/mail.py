"""The pages that exist only where mail can be sent."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def with_mail(view: View[P]) -> View[P]:
    """A view that is not there without mail."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not settings.HAS_MAIL:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped

"""Pages for what Django refuses before any other view runs, and for what breaks in one."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import defaults

from webchat.db import release_connections

RETRY_SECONDS = 5

Page = Callable[..., HttpResponse]


def _in_any_thread(page: Page) -> Page:
    """Django renders these in whatever thread is free, at whose end it closes no connection.

    So what the page has borrowed to say who looks at it goes back at once.
    """

    @wraps(page)
    def rendered(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return page(*args, **kwargs)
        finally:
            if not connection.in_atomic_block:  # else it is the thread of somebody who goes on
                release_connections(failed=False)

    return rendered


bad_request = _in_any_thread(defaults.bad_request)
not_allowed = _in_any_thread(defaults.permission_denied)
not_found = _in_any_thread(defaults.page_not_found)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token. `reason` is for the log, where Django has put it."""
    return render(request, "errors/csrf.html", status=403)


@login_not_required
@_in_any_thread
def something_broke(request: HttpRequest) -> HttpResponse:
    """An exception is being handled. A database that is away is no fault of the program's.

    The page is rendered without the request, which would ask the database who looks at it.
    """
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        text = render_to_string("errors/database.html")
        return HttpResponse(text, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    return defaults.server_error(request)

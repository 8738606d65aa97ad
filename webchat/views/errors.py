"""Pages for what Django refuses before any other view runs, and for what breaks in one."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import server_error

RETRY_SECONDS = 5


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token. `reason` is for the log, where Django has put it."""
    return render(request, "errors/csrf.html", status=403)


@login_not_required
def something_broke(request: HttpRequest) -> HttpResponse:
    """An exception is being handled. A database that is away is no fault of the program's.

    The page is rendered without the request, which would ask the database who looks at it.
    """
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        text = render_to_string("errors/database.html")
        return HttpResponse(text, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    return server_error(request)

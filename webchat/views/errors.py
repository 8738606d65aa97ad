"""Pages for what Django refuses before any other view runs."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token. `reason` is for the log, where Django has put it."""
    return render(request, "errors/csrf.html", status=403)

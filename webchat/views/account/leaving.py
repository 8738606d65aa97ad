"""Deleting one's own account."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from webchat.accounts.administrators import is_needed
from webchat.forms.leaving import LeaveForm
from webchat.leaving import StillNeeded, leave
from webchat.views.people import person


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def delete_account(request: HttpRequest) -> HttpResponse:
    """Ask for the password; then everything is gone, and so is the session."""
    user = person(request)
    form = LeaveForm(request.POST or None, user=user)
    context = {"form": form, "is_needed": is_needed([user], lock=False)}
    if context["is_needed"] or not form.is_valid():
        return render(request, "account/delete.html", context)
    try:
        leave(user, request)
    except StillNeeded:
        return render(request, "account/delete.html", context | {"is_needed": True})
    request.session.flush()
    request.user = AnonymousUser()
    return render(request, "account/deleted.html")

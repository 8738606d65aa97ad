"""The first minutes of an installation: somebody with the printed link becomes administrator."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from webchat.accounts.administrators import administrator_exists
from webchat.accounts.roles import record_role
from webchat.accounts.setup_token import TokenRefused, forget_token, taken, token_fits
from webchat.forms.setup import AdministratorForm

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required
@never_cache
def setup(request: HttpRequest) -> HttpResponse:
    """Where the link is, for who comes without it."""
    if administrator_exists():
        return redirect("account_login")
    return render(request, "setup/waiting.html")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def create_administrator(request: HttpRequest, token: str) -> HttpResponse:
    """The form behind the link; it works once."""
    if administrator_exists() or not token_fits(token):
        return refuse(request)
    form = AdministratorForm(request.POST or None)
    if not form.is_valid():
        return render(request, "setup/administrator.html", {"form": form})
    try:
        with taken(token):
            user = form.create()
    except TokenRefused:
        return refuse(request)
    record_role(user, request, "setup link")
    login(request, user, BACKEND)
    return redirect(settings.LOGIN_REDIRECT_URL)


def refuse(request: HttpRequest) -> HttpResponse:
    """The link is used up, replaced by a newer one, or was never printed."""
    if administrator_exists():
        forget_token()
    return render(request, "setup/refused.html", {"ready": administrator_exists()}, status=410)

"""Signing in through the identity provider; imported only where one is configured."""

from typing import Any

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from webchat.accounts.identity_provider import IdentityProviderAdapter


def _ask(view: Any, request: HttpRequest) -> HttpResponse:
    """One of allauth's views; what it does not expect of a provider becomes a page, too."""
    adapter = IdentityProviderAdapter(request)
    response: HttpResponse
    try:
        response = view.adapter_view(adapter)(request)
    except OAuth2Error as error:
        response = render_authentication_error(request, adapter.get_provider(), exception=error)
    return response


@login_not_required
@require_POST
@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the provider, by a page of its own and not by a redirect of the form.

    Browsers hold the redirects of a form to its page's policy (`form-action`), and a provider may
    lead on to others that nobody knows beforehand.
    """
    response = _ask(OAuth2LoginView, request)
    if not isinstance(response, HttpResponseRedirect):
        return response
    return render(request, "socialaccount/leading.html", {"address": response.url})


@login_not_required
@require_safe
@never_cache
def callback(request: HttpRequest) -> HttpResponse:
    """Where the provider sends people back to."""
    return _ask(OAuth2CallbackView, request)

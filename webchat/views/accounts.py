"""Signing in."""

from typing import Any

from allauth.account.views import LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from webchat.accounts.administrators import administrator_exists


class SignIn(LoginView):  # type: ignore[misc]
    """allauth's page, or the way to the first administrator where there is none."""

    @method_decorator(login_not_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" and not administrator_exists():
            return redirect("setup")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

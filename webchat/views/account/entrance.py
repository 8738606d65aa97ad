"""Signing in and signing up."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import LoginView, SignupView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from webchat.accounts.administrators import administrator_exists


class AfterSetup:
    """A page that leads to the first administrator as long as there is none."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" and not administrator_exists():
            return redirect("setup")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


@method_decorator(login_not_required, name="dispatch")
class SignIn(AfterSetup, LoginView):  # type: ignore[misc]  # it has no types
    """Name and password, and the ways on for who has none."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "open_for_signup": get_adapter().is_open_for_signup(self.request),
            "has_mail": settings.HAS_MAIL,
            "oidc_name": settings.OIDC_NAME if settings.HAS_OIDC else "",
        }


@method_decorator(login_not_required, name="dispatch")
class SignUp(AfterSetup, SignupView):  # type: ignore[misc]
    """A new account, which perhaps has to wait."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"needs_approval": settings.SIGNUP == "approval"}


@login_not_required
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """What whoever signed up, or tries to sign in too early, reads meanwhile."""
    return render(request, "account/waiting.html")

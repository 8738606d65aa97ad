"""The way into the administration: through the site's own sign-in, with all it asks for.

Django's own form would let whoever is staff already try passwords of others, without limits and
without a second factor, so it is never shown.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from webchat.accounts.second_factor import has_second_factor

View = Callable[..., HttpResponse]

_is_staff = admin.site.has_permission


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether somebody who is staff has to set one up first."""
    needed = settings.STAFF_NEEDS_SECOND_FACTOR
    return needed and request.user.is_staff and not has_second_factor(request.user)


def may_enter(request: HttpRequest) -> bool:
    return _is_staff(request) and not lacks_second_factor(request)


@login_not_required
@never_cache
def sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Send everybody where they can go on."""
    wanted = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}):
        wanted = f"{settings.BASE_PATH}/admin/"
    if not request.user.is_authenticated:
        return redirect_to_login(wanted)
    if not _is_staff(request):
        raise PermissionDenied
    if lacks_second_factor(request):
        need = _("The administration needs a second factor: add a passkey or an authenticator app.")
        messages.warning(request, need)
        return redirect("account")
    return redirect(wanted)


def change_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    return redirect("account_change_password")


def hide_tables_of_allauth() -> None:
    """They hold secrets and session keys; what administrators need of them, our pages show."""
    for app in settings.INSTALLED_APPS:
        if app.startswith("allauth."):
            for model in apps.get_app_config(app.rpartition(".")[2]).get_models():
                if admin.site.is_registered(model):
                    admin.site.unregister(model)


def _in_own_time(admin_view: Callable[..., View]) -> Callable[..., View]:
    """Make the times of every page, and in its forms, those of where its reader lives."""

    @wraps(admin_view)
    def outer(view: View, cacheable: bool = False) -> View:
        inner = admin_view(view, cacheable)

        @wraps(inner)
        def timed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with timezone.override(getattr(request.user, "zone", None)):
                response = inner(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()  # later it would be outside
                return response

        return timed

    return outer


def hang() -> None:
    """Put this door into Django's administration."""
    site: Any = admin.site
    site.has_permission = may_enter
    site.admin_view = _in_own_time(site.admin_view)
    site.login = sign_in
    site.password_change = change_password
    hide_tables_of_allauth()

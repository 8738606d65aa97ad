"""Theme, sidebar, language, time zone, and the notice that was put away."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from webchat.forms.preferences import PreferencesForm
from webchat.templatetags.page import NOTICE_COOKIE, SIDEBAR_COOKIE, THEME_COOKIE
from webchat.views.people import person
from webchat.views.replies import wants_json

YEAR = 365 * 24 * 3600


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep what the form says; looks live in cookies, so that the sign-in page has them too."""
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    response = HttpResponse(status=204) if wants_json(request) else redirect(_next(request))
    for name, value in (
        (THEME_COOKIE, form.cleaned_data["theme"]),
        (SIDEBAR_COOKIE, form.cleaned_data["sidebar"]),
        (NOTICE_COOKIE, form.cleaned_data["notice"]),
        (settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"]),
    ):
        if value:
            keep(response, name, value)
    _remember(request, form)
    return response


def _remember(request: HttpRequest, form: PreferencesForm) -> None:
    """Language and time zone stand in the person's row, where sockets find them."""
    user = person(request)
    changed = [name for name in ("language", "time_zone") if form.cleaned_data[name]]
    for name in changed:
        setattr(user, name, form.cleaned_data[name])
    if changed:
        user.save(update_fields=changed)


def keep(response: HttpResponse, name: str, value: str) -> None:
    """Let the browser remember a choice for a year."""
    response.set_cookie(
        name,
        value,
        max_age=YEAR,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _next(request: HttpRequest) -> str:
    """Where the form stood; only addresses of this site count."""
    wanted = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if own else "home"

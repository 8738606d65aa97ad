"""Where you are signed in."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from webchat.accounts.devices import device
from webchat.accounts.sessions import end_session, end_sessions, sessions_of
from webchat.views.people import person, seen_in_own_time


@dataclass(frozen=True)
class Device:
    """A session as its owner sees it."""

    pk: int
    browser: str
    system: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


def _devices(request: HttpRequest) -> list[Device]:
    found = []
    for session in sessions_of(person(request)):
        browser, system = device(session.user_agent)
        is_this = session.session_key == request.session.session_key
        times = session.created_at, session.last_seen_at
        found.append(Device(session.pk, browser, system, session.ip, *times, is_this))
    return sorted(found, key=lambda one: not one.is_this)


@require_http_methods(["GET", "HEAD", "POST"])
@seen_in_own_time
def own_sessions(request: HttpRequest) -> HttpResponse:
    """The list; sign out on one of the devices, or on all but this."""
    if request.method == "POST":
        _end(request, request.POST.get("session", ""))
        return redirect("account_sessions")
    return render(request, "account/sessions.html", {"devices": _devices(request)})


def _end(request: HttpRequest, which: str) -> None:
    if which == "all":
        end_sessions(person(request), request, reason="everywhere")
        messages.success(request, _("You are signed out on all other devices."))
    elif (
        which.isascii()
        and which.isdigit()
        and end_session(person(request), int(which[:18]), request)
    ):
        messages.success(request, _("You are signed out there."))

"""What happens around every page.

Under ASGI Django runs each hook of a synchronous middleware in a thread, which costs more than
what most of them do. Those here that only look at memory do it at once; what reads or writes the
database, or takes long, still goes to a thread.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from asgiref.sync import sync_to_async
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import (
    AuthenticationMiddleware,
    LoginRequiredMiddleware,
    get_user,
)
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin
from servestatic.middleware import ServeStaticMiddleware

from webchat.accounts.activity import note_request
from webchat.logs.context import bind_user
from webchat.models import User
from webchat.settings.policy import ADMIN_DIRECTIVES, PERMISSIONS_POLICY

WATCHED = {"/healthz", "/readyz", "/metrics"}
COMPRESSIBLE = ("text/", "application/json", "application/javascript", "image/svg+xml")
QUICK = 16 * 1024  # bytes that compress in less time than a thread takes to wake
RequestHook = Callable[[HttpRequest], HttpResponseBase | None]
ResponseHook = Callable[[HttpRequest, HttpResponseBase], HttpResponseBase]
HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class Direct(MiddlewareMixin):
    """A middleware whose hooks look at memory only, so that no thread is needed for them."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        begin: RequestHook | None = getattr(self, "process_request", None)
        end: ResponseHook | None = getattr(self, "process_response", None)
        response = begin(request) if begin else None
        if response is None:
            response = await self.get_response(request)  # type: ignore[misc]
        return end(request, response) if end else response


class SecurityHeaders(Direct, SecurityMiddleware):
    """Every header that tells a browser what not to do, on every response."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._content_security_policy = CSPMiddleware(get_response)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        match = request.resolver_match
        if match and match.app_name == "admin":
            response._csp_config = ADMIN_DIRECTIVES
        self._content_security_policy.process_response(request, response)
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return super().process_response(request, response)


class StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]  # it has no types
    """Static files of this release, and of the others in the data folder.

    During a rolling restart a page of another release asks here for what it needs.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith(self.static_prefix) and path not in self.files:
            found = await asyncio.to_thread(self.find_file, path)
            if found is not None:
                return cast(HttpResponseBase, await self.aserve(found, request))
        return cast(HttpResponseBase, await super().__call__(request))

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        """Where `find_file` looks."""
        name = url.removeprefix(self.static_prefix)
        for folder in Path(settings.STATIC_ROOT).glob("*"):
            path = folder / name
            if HASHED.search(name) and self.path_within_root(folder, path):
                yield str(path)


class Compression(GZipMiddleware):
    """Text is compressed; pictures and files that come in pieces are left alone."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        kind = response.get("Content-Type", "")
        if response.streaming or not kind.startswith(COMPRESSIBLE):
            return response
        return super().process_response(request, response)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        response: Any = await self.get_response(request)  # type: ignore[misc]
        if response.streaming or len(response.content) < QUICK:
            return cast(HttpResponseBase, self.process_response(request, response))
        response = await asyncio.to_thread(self.process_response, request, response)
        return cast(HttpResponseBase, response)


class Sessions(SessionMiddleware):
    """Sessions are loaded when somebody looks at them and saved, in a thread, when they changed."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        self.process_request(request)
        response: Any = await self.get_response(request)  # type: ignore[misc]
        if request.session.modified:
            response = await sync_to_async(self.process_response)(request, response)
            return cast(HttpResponseBase, response)
        return self.process_response(request, response)


class Language(Direct, LocaleMiddleware):
    """The language of the cookie, else the browser's."""


class Common(Direct, CommonMiddleware):
    """Hosts that are not ours are refused; a missing slash at the end is put there.

    Programs that watch a process ask it by whatever name or number it has in their network, and
    get an answer that no name goes into.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in WATCHED else super().process_request(request)


class Csrf(Direct, CsrfViewMiddleware):
    """A form sent from another site is refused."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            vars(self)["process_view"] = self.aprocess_view  # Django looks it up on the instance

    async def aprocess_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> Any:
        check = super().process_view
        if request.method in SAFE_METHODS:
            return check(request, view, args, kwargs)
        return await sync_to_async(check)(request, view, args, kwargs)  # it reads the form


class Authentication(Direct, AuthenticationMiddleware):
    """`request.user`, loaded when somebody looks at it."""


class LoginRequired(LoginRequiredMiddleware):
    """Every page needs a sign-in but those marked with `login_not_required`."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            vars(self)["process_view"] = self.aprocess_view  # Django looks it up on the instance

    async def aprocess_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        if not getattr(view, "login_required", True):
            return None
        # Loaded once for both ways to ask, `request.user` and `await request.auser()`.
        request._acached_user = await sync_to_async(_come_in)(request)
        if request._acached_user.pk is not None:
            bind_user(request._acached_user.pk)
        check: Any = super().process_view
        return check(request, view, args, kwargs)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        if getattr(view, "login_required", True):
            _come_in(request)
        return super().process_view(request, view, args, kwargs)


def _come_in(request: HttpRequest) -> Any:
    """Whoever is signed in, and now and then a note that they were here."""
    user = get_user(request)
    if isinstance(user, User):
        note_request(request, user)
    return user


class Messages(Direct, MessageMiddleware):
    """Notes for the next page, kept in a cookie."""

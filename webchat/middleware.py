"""What happens around every page.

Under ASGI Django runs each hook of a synchronous middleware in a thread, which costs more than
what most of them do. Those here that only look at memory do it at once; what reads or writes the
database, or takes long, still goes to a thread.
"""

import asyncio
from collections.abc import Callable
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
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin

from webchat.settings.policy import ADMIN_DIRECTIVES, PERMISSIONS_POLICY

COMPRESSIBLE = ("text/", "application/json", "application/javascript", "image/svg+xml")
QUICK = 16 * 1024  # bytes that compress in less time than a thread takes to wake
RequestHook = Callable[[HttpRequest], HttpResponseBase | None]
ResponseHook = Callable[[HttpRequest, HttpResponseBase], HttpResponseBase]
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
    """Hosts that are not ours are refused; a missing slash at the end is put there."""


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
        request._acached_user = await sync_to_async(get_user)(request)
        return super().process_view(request, view, args, kwargs)


class Messages(Direct, MessageMiddleware):
    """Notes for the next page, kept in a cookie."""

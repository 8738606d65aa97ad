"""Who opens a socket, read from the request that opens it."""

from http.cookies import CookieError, SimpleCookie
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.urls import set_script_prefix
from django.utils import timezone, translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from webchat.models import User

TIME_ZONE_COOKIE = "timezone"


def _header(scope: dict[str, Any], name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key.lower() == name]
    return b"; ".join(values).decode("latin-1")


def _cookie(scope: dict[str, Any], name: str) -> str:
    try:
        cookies: SimpleCookie = SimpleCookie(_header(scope, b"cookie"))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def session_key(scope: dict[str, Any]) -> str:
    """The key in the session cookie; empty where there is none."""
    return _cookie(scope, settings.SESSION_COOKIE_NAME)


def see_as(user: User, scope: dict[str, Any]) -> None:
    """Render for this person from here on, in this task and those it begins."""
    translation.activate(user.language or _language(scope))
    timezone.activate(ZoneInfo(user.zone_name or _time_zone(scope)))
    set_script_prefix(f"{settings.BASE_PATH}/")


def _language(scope: dict[str, Any]) -> str:
    wanted = [_cookie(scope, settings.LANGUAGE_COOKIE_NAME)]
    accepted = parse_accept_lang_header(_header(scope, b"accept-language"))
    for code in wanted + [code for code, _ in accepted]:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def _time_zone(scope: dict[str, Any]) -> str:
    name = _cookie(scope, TIME_ZONE_COOKIE)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return settings.TIME_ZONE
    return name

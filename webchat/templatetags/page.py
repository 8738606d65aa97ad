"""Tags of every page: icons, the theme, the site's name, addresses and durations for people."""

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webchat.installation import installation
from webchat.models import Installation

register = template.Library()

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"
SIDEBAR_COOKIE = "sidebar"
NOTICE_COOKIE = "notice"


def theme_of(request: HttpRequest | None) -> str:
    """The chosen theme, from a fixed list: a cookie may say anything."""
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request is not None else ""
    return chosen if chosen in THEMES else THEMES[0]


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    return theme_of(context.get("request"))


@register.simple_tag(takes_context=True)
def sidebar_state(context: template.Context) -> str:
    request = context.get("request")
    closed = request is not None and request.COOKIES.get(SIDEBAR_COOKIE) == "closed"
    return "closed" if closed else "open"


@register.simple_tag(takes_context=True)
def here(context: template.Context) -> str:
    """Where somebody comes back to who changed how the page looks."""
    request = context["request"]
    if request.method != "POST":
        return str(request.get_full_path())
    conversation = context.get("conversation")
    return reverse("conversation", args=[conversation.pk]) if conversation else reverse("home")


@register.simple_tag
def site_name() -> str:
    return installation().name


@register.simple_tag(name="installation")
def the_installation() -> Installation:
    return installation()


@register.simple_tag(takes_context=True)
def notice(context: template.Context) -> Installation | None:
    """The installation, while it has a notice that this browser has not put away."""
    request, found = context.get("request"), installation()
    put_away = request is not None and request.COOKIES.get(NOTICE_COOKIE) == found.notice_digest
    return found if found.notice_now and not put_away else None


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A decorative symbol of `_icons.html`; words beside it, or an aria-label, say the same."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.filter
def host(url: Any) -> str:
    """The host of an address as people read it, without `www.`; empty for nonsense."""
    try:
        name = urlsplit(str(url)).hostname or ""
    except ValueError:
        return ""
    return name.removeprefix("www.")


@register.filter
def web(url: Any) -> str:
    """An address that may stand in a link, else nothing: an upstream may name any scheme."""
    return str(url) if str(url).lower().startswith(("http://", "https://")) else ""


@register.filter
def duration(seconds: Any) -> str:
    """Seconds in words: "4 seconds", "2 minutes"."""
    whole = max(1, round(float(seconds or 0)))
    if whole < 90:
        return ngettext("%(count)d second", "%(count)d seconds", whole) % {"count": whole}
    minutes = round(whole / 60)
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


@register.simple_tag
def thought_label(seconds: float | None) -> str:
    """What the folded reasoning is called once it is over."""
    if not seconds:
        return _("Thoughts")
    return _("Thought for %(duration)s") % {"duration": duration(seconds)}

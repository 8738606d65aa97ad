"""Searching one's own conversations: a page, and its hits alone for scripts."""

import logging
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from webchat.search.engine import TooSlow
from webchat.search.finding import Page, for_user
from webchat.search.terms import QUERY_LENGTH
from webchat.views.people import person, seen_in_own_time
from webchat.views.sidebar import sidebar_context
from webchat.views.strings import strings

log = logging.getLogger(__name__)


def _query(request: HttpRequest) -> str:
    return request.GET.get("q", "")[:QUERY_LENGTH]


def _told(page: Page) -> str:
    """What a screen reader hears of the hits."""
    count = len(page.hits)
    if not page.is_asked:
        return ""
    if not count:
        return _("Nothing was found.")
    if page.before:
        return _("The newest %(count)d conversations are shown.") % {"count": count}
    told = ngettext(
        "%(count)d conversation was found.", "%(count)d conversations were found.", count
    )
    return told % {"count": count}


def _context(request: HttpRequest) -> dict[str, Any]:
    """What `_hits.html` shows: a page of hits, and where the next one is."""
    query, before = _query(request), request.GET.get("before", "")
    try:
        page = for_user(person(request), query, before)
    except TooSlow:
        log.warning("a search took too long and was given up")
        problem = _("This search takes too long. Add a word, or write more of the last one.")
        return {"problem": problem, "told": problem}
    context: dict[str, Any] = {"page": page, "before": before, "told": _told(page)}
    if page.before:
        more = urlencode({"q": query, "before": page.before})
        context["more_url"] = f"{reverse('search')}?{more}"
        context["more_fragment"] = f"{reverse('search-hits')}?{more}"
    return context | {"words": urlencode({"q": query})}


@require_safe
@seen_in_own_time
def search(request: HttpRequest) -> HttpResponse:
    """The page that searches, with the hits of its query."""
    context = sidebar_context(request) | _context(request)
    status = 503 if "problem" in context else 200
    context |= {"query": _query(request), "strings": strings(), "current": None}
    return render(request, "chat/search.html", context, status=status)


@require_safe
@seen_in_own_time
def hits(request: HttpRequest) -> HttpResponse:
    """The hits of a query, for a page that is there already."""
    return render(request, "chat/_hits.html", _context(request))

"""Conversations out of the way: put into the archive, looked at there, taken out again."""

from urllib.parse import urlencode
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from webchat.generation import conversations
from webchat.generation.cursor import Cursor
from webchat.generation.errors import Refused
from webchat.views.people import person, seen_in_own_time
from webchat.views.replies import refused_json, wants_json


@require_POST
async def archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Into the archive; with `archived=no` out of it."""
    user = await sync_to_async(person)(request)
    into = request.POST.get("archived") != "no"
    try:
        await conversations.set_archived(user, pk, into)
    except Refused as refusal:
        if wants_json(request):
            return refused_json(refusal)
        raise Http404 from refusal
    if wants_json(request):
        return HttpResponse(status=204)
    return redirect("archived" if not into else "home")


@require_safe
@seen_in_own_time
def archived(request: HttpRequest) -> HttpResponse:
    """All of the archive, page by page."""
    after = Cursor.read(request.GET.get("after", ""))
    page = conversations.sidebar(person(request), after, archived=True)
    context = {
        "conversations": page.conversations,
        "first_url": reverse("archived") if after else "",
    }
    if page.has_more:
        query = urlencode({"after": Cursor.at(page.conversations[-1])})
        context["more_url"] = f"{reverse('archived')}?{query}"
    return render(request, "chat/archived.html", context)

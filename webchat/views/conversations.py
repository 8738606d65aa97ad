"""Pages of conversations, and what people do with them."""

from contextlib import suppress
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from webchat.generation import conversations
from webchat.generation.errors import Refused
from webchat.generation.transcript import NEWEST, Place
from webchat.models import Conversation
from webchat.views.page import message_context, page_response
from webchat.views.people import person, seen_in_own_time
from webchat.views.replies import refused_json, wants_json


def _own(request: HttpRequest, pk: UUID) -> Conversation:
    return get_object_or_404(Conversation.objects.for_user(person(request)), pk=pk)


def _place(request: HttpRequest) -> Place:
    """Which part of the transcript an address asks for; the newest for nonsense."""
    for name in ("at", "before", "after"):
        with suppress(ValueError):
            return Place(**{name: UUID(request.GET.get(name, ""))})
    return NEWEST


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page with nothing said yet."""
    return page_response(request)


@require_safe
def conversation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page with the newest messages of a conversation, or those around a given one."""
    return page_response(request, _own(request, pk), place=_place(request))


@require_safe
@seen_in_own_time
def messages(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Earlier or later messages, to be put before or behind those on the page."""
    context = message_context(_own(request, pk), _place(request), fragment=True)
    return render(request, "chat/_messages.html", context)


@require_safe
def options(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Rename and delete, on a page of its own."""
    return render(request, "chat/options.html", {"conversation": _own(request, pk)})


@sync_to_async
def _refused(request: HttpRequest, pk: UUID, refusal: Refused) -> HttpResponse:
    context = {"conversation": _own(request, pk), "problem": refusal.message}
    return render(request, "chat/options.html", context, status=400)


@require_POST
async def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = await sync_to_async(person)(request)
    title = request.POST.get("title", "").replace("\0", "")
    try:
        await conversations.rename(user, pk, title)
    except Refused as refusal:
        if wants_json(request):
            return refused_json(refusal)
        return await _refused(request, pk, refusal)
    if wants_json(request):
        return JsonResponse({"conversation": str(pk), "title": " ".join(title.split())})
    return redirect("conversation", pk)


@require_POST
async def delete(request: HttpRequest, pk: UUID) -> HttpResponse | HttpResponseRedirect:
    user = await sync_to_async(person)(request)
    try:
        await conversations.delete(user, pk)
    except Refused as refusal:
        if wants_json(request):
            return refused_json(refusal)
        return await _refused(request, pk, refusal)
    if wants_json(request):
        return JsonResponse({"conversation": str(pk)})
    return redirect("home")

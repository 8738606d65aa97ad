"""Saying something, asking again, stopping: what the socket does, by form."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webchat.forms.message import ContinueForm, MessageForm, RegenerateForm
from webchat.generation import runs, transcript
from webchat.generation.errors import Refused
from webchat.generation.images import store_upload
from webchat.generation.rows import MEDIA_MAX
from webchat.generation.start import regenerate, send
from webchat.generation.wishes import Started
from webchat.models import Conversation, Media, Message, Run, User
from webchat.protocol.events import created
from webchat.views.offers import chosen, offers
from webchat.views.page import Unsent, page_response
from webchat.views.people import person, seen_in_own_time
from webchat.views.replies import refusal_status, refused_json, wants_json, with_wait

_person = sync_to_async(person)


@require_safe
@seen_in_own_time
def message(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One message as the page shows it, for a page without a socket."""
    found = get_object_or_404(Message.objects.for_user(person(request)), pk=pk)
    return render(request, "chat/_message.html", {"message": transcript.load([found.pk])[0]})


@require_POST
async def send_message(request: HttpRequest) -> HttpResponse:
    """Say something; a page without scripts comes back with the conversation."""
    user = await _person(request)
    form = MessageForm(request.POST)
    try:
        started = await _send(user, form, request.FILES.getlist("images"))
    except Refused as refusal:
        return await _refused(request, refusal)
    return await _started(request, started)


async def _send(user: User, form: MessageForm, files: "list[UploadedFile[Any]]") -> Started:
    if not await sync_to_async(form.is_valid)():
        raise Refused("invalid", form.problem())
    media: list[Media] = []
    try:
        await sync_to_async(_store)(user, files[: MEDIA_MAX + 1], media)
        return await send(user, form.wish(tuple(item.pk for item in media)))
    except Refused:
        await sync_to_async(_discard)(media)  # the form comes back without its files
        raise


def _store(user: User, files: "list[UploadedFile[Any]]", stored: list[Media]) -> None:
    for file in files:
        stored.append(store_upload(user, file))


def _discard(media: list[Media]) -> None:
    for item in media:
        item.file.delete(save=False)
        item.delete()


@sync_to_async
def _started(request: HttpRequest, started: Started) -> HttpResponse:
    """The conversation; for a script the fields of the event `message.created`."""
    if not wants_json(request):
        return redirect("conversation", started.conversation.pk)
    return _created(request, started)


@seen_in_own_time
def _created(request: HttpRequest, started: Started) -> HttpResponse:
    new = [message.pk for message in started.messages]
    return JsonResponse(created(started, started.run.client_id, transcript.load(new)))


@sync_to_async
def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The page again, with the reason and everything the person wrote."""
    if wants_json(request):
        return refused_json(refusal)
    user = person(request)
    conversation = None
    if pk := request.POST.get("conversation"):
        conversation = Conversation.objects.for_user(user).filter(pk=_uuid(pk)).first()
        if conversation is None:
            raise Http404
    unsent = Unsent(refusal.message, request.POST.get("text", ""), request.POST.get("choice", ""))
    status = refusal_status(refusal)
    return with_wait(page_response(request, conversation, unsent=unsent, status=status), refusal)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


@require_http_methods(["GET", "HEAD", "POST"])
async def regenerate_message(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask again for an answer; GET asks whom."""
    if request.method != "POST":
        return await _regenerate_page(request, pk)
    return await _ask_again(request, pk, RegenerateForm(request.POST))


@require_POST
async def continue_message(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let an answer go on from what it says."""
    return await _ask_again(request, pk, ContinueForm(request.POST))


async def _ask_again(
    request: HttpRequest, pk: UUID, form: ContinueForm | RegenerateForm
) -> HttpResponse:
    """The page with the answer to come; where it is refused, the page that asks whom."""
    user = await _person(request)
    try:
        if not form.is_valid():
            raise Refused("invalid", form.problem())
        started = await regenerate(user, form.wish(pk))
    except Refused as refusal:
        if wants_json(request):
            return refused_json(refusal)
        return await _regenerate_page(request, pk, refusal)
    return await _started(request, started)


@sync_to_async
def _regenerate_page(
    request: HttpRequest, pk: UUID, refusal: Refused | None = None
) -> HttpResponse:
    user = person(request)
    answers = Message.objects.for_user(user).filter(role=Message.Role.ASSISTANT)
    former = get_object_or_404(answers.select_related("conversation"), pk=pk)
    offered = offers(user)
    context = {
        "message": former,
        "offers": [group for _choice, group in offered],
        "chosen": chosen(offered, former.conversation),
        "problem": refusal.message if refusal else "",
    }
    status = refusal_status(refusal) if refusal else 200
    response = render(request, "chat/regenerate.html", context, status=status)
    return with_wait(response, refusal) if refusal else response


@require_POST
async def stop_run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End an answer; what came so far is kept."""
    user = await _person(request)
    try:
        await runs.stop(user, pk)
    except Refused as refusal:
        if wants_json(request):
            return refused_json(refusal)
        raise Http404 from refusal
    if wants_json(request):
        return HttpResponse(status=204)
    return redirect("conversation", await sync_to_async(_conversation_of)(user, pk))


def _conversation_of(user: User, run: UUID) -> UUID:
    found = Run.objects.for_user(user).select_related("message")
    return get_object_or_404(found, pk=run).message.conversation_id

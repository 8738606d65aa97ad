"""Pictures: taken in by form, given out to their owner only."""

from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webchat.downloads import is_lost, picture_response
from webchat.generation.errors import Refused
from webchat.generation.images import store_upload
from webchat.models import Media
from webchat.views.people import person
from webchat.views.replies import refused_json


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Keep one picture, for a message that is still being written."""
    file = request.FILES.get("image")
    if file is None:
        return refused_json(Refused("empty", _("No picture came with this.")))
    try:
        media = store_upload(person(request), file)
    except Refused as refusal:
        return refused_json(refusal)
    url = reverse("media", args=[media.pk])
    return JsonResponse({"id": str(media.pk), "url": url, "name": media.name}, status=201)


@require_safe
async def show(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The bytes of a picture; `?download` makes the browser save it."""
    return picture_response(request, await sync_to_async(_own)(request, pk))


def _own(request: HttpRequest, pk: UUID) -> Media:
    media = get_object_or_404(Media.objects.for_user(person(request)), pk=pk)
    if is_lost(media):
        raise Http404
    return media

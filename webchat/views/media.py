"""Pictures: taken in by form, given out to their owner only."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webchat.generation.errors import Refused
from webchat.generation.images import FORMATS, store_upload
from webchat.models import Media
from webchat.views.people import person
from webchat.views.replies import refused_json

PIECE = 64 * 1024  # bytes read at once: a picture goes out in a few dozen of them
YEAR = 365 * 24 * 3600  # the bytes behind an id never change
SANDBOX = "default-src 'none'; sandbox"
SUFFIX = {kind: name.lower().replace("jpeg", "jpg") for name, kind in FORMATS.items()}


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
    media = await sync_to_async(_own)(request, pk)
    raster = media.content_type in SUFFIX
    head = request.method == "HEAD"
    response = HttpResponse() if head else StreamingHttpResponse(_pieces(media.file))
    response["Content-Type"] = media.content_type if raster else "application/octet-stream"
    response["Content-Length"] = str(media.size)
    name = media.name or f"{media.pk}.{SUFFIX.get(media.content_type, 'bin')}"
    disposition = content_disposition_header(not raster or "download" in request.GET, name)
    response["Content-Disposition"] = disposition or "inline"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    return response


def _own(request: HttpRequest, pk: UUID) -> Media:
    media = get_object_or_404(Media.objects.for_user(person(request)), pk=pk)
    if not media.file.storage.exists(media.file.name or ""):
        raise Http404
    return media


async def _pieces(stored: FieldFile) -> AsyncIterator[bytes]:
    """The file piece by piece, read in a thread so that no socket waits for the disk."""
    file = await asyncio.to_thread(stored.storage.open, stored.name or "")
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()

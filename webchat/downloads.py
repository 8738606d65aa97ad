"""Files as answers to requests: pictures, whoever may see them, and what is made while it is sent."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import get_language

from webchat.db import db_patient
from webchat.generation.images import SUFFIXES
from webchat.models import Media

T = TypeVar("T")

PIECE = 64 * 1024  # bytes read at once: a picture goes out in a few dozen of them
YEAR = 365 * 24 * 3600  # the bytes behind an id never change
SANDBOX = "default-src 'none'; sandbox"


def is_lost(media: Media) -> bool:
    """Whether there is a row without its file."""
    return not media.file.storage.exists(media.file.name or "")


def picture_response(request: HttpRequest, media: Media) -> HttpResponseBase:
    """The bytes of a picture; `?download` makes the browser save it."""
    raster = media.content_type in SUFFIXES
    response = _body(request, media)
    response["Content-Type"] = media.content_type if raster else "application/octet-stream"
    if not settings.MEDIA_BY_NGINX:
        response["Content-Length"] = str(media.size)
    attached = not raster or "download" in request.GET
    disposition = content_disposition_header(attached, _name(media))
    response["Content-Disposition"] = disposition or "inline"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    return response


def _name(media: Media) -> str:
    """What it is saved as: by its own name, with an ending that does not lie about what it is."""
    name, ending = media.name or str(media.pk), SUFFIXES.get(media.content_type, "bin")
    endings = (".jpg", ".jpeg") if ending == "jpg" else f".{ending}"
    return name if name.lower().endswith(endings) else f"{name}.{ending}"


def download_response(pieces: Iterator[bytes], name: str, content_type: str) -> HttpResponseBase:
    """A file that is made while it is sent. Each step of `pieces` runs in a thread of its own."""
    response = StreamingHttpResponse(in_steps(pieces), content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["X-Accel-Buffering"] = "no"  # or nginx would write a large one to its disk first
    return response


def in_steps(pieces: Iterator[T]) -> AsyncIterator[T]:
    """What takes long, without anybody else waiting for it; it stops where nobody listens.

    It goes on after the view is over, in the language and the time zone that held in there.
    """
    language, zone = get_language() or settings.LANGUAGE_CODE, timezone.get_current_timezone()

    def step() -> T | None:
        with translation.override(language), timezone.override(zone):
            return next(pieces, None)

    async def steps() -> AsyncIterator[T]:
        while (piece := await db_patient(step)) is not None:
            yield piece

    return steps()


def _body(request: HttpRequest, media: Media) -> HttpResponseBase:
    """A response with the bytes, or with the word to nginx where they are."""
    if settings.MEDIA_BY_NGINX:
        place = (media.file.name or "").removeprefix("media/")
        return HttpResponse(
            headers={"X-Accel-Redirect": settings.BASE_PATH + settings.MEDIA_LOCATION + place}
        )
    if request.method == "HEAD":
        return HttpResponse()
    return StreamingHttpResponse(_pieces(media.file))


async def _pieces(stored: FieldFile) -> AsyncIterator[bytes]:
    """The file piece by piece, read in a thread so that no socket waits for the disk."""
    file = await asyncio.to_thread(stored.storage.open, stored.name or "")
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
    finally:
        file.close()

"""One's own conversations as files, and files as one's own conversations."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webchat.audit import record
from webchat.downloads import download_response, in_steps
from webchat.exchange.fields import BadFile
from webchat.exchange.incoming import Result, bring_in
from webchat.exchange.outgoing import Export, Format, archive, in_chunks, single
from webchat.exchange.unpack import PAGE, unpack
from webchat.installation import installation
from webchat.models import AuditRecord, Conversation, User
from webchat.views.people import person, seen_in_own_time

MB = 1024**2
NAMED = 200  # conversations whose titles the page of an import shows; the others are counted


def _format(request: HttpRequest) -> Format:
    try:
        return Format(request.GET.get("as", Format.JSON))
    except ValueError as error:
        raise Http404 from error


def _sent(request: HttpRequest, export: Export, **details: Any) -> HttpResponseBase:
    """The file; written down unless somebody only looks whether it is there."""
    if request.method == "HEAD":
        return HttpResponse(content_type=export.content_type)
    record(AuditRecord.Action.EXPORTED, request=request, **details)
    return download_response(export.pieces, export.name, export.content_type)


@require_safe
@seen_in_own_time
def export(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One conversation; `?as=` says in which format."""
    kind = _format(request)
    mine = Conversation.objects.for_user(person(request)).select_related("owner", "endpoint")
    conversation = get_object_or_404(mine, pk=pk)
    return _sent(request, single(conversation, kind), format=kind, conversation=str(pk))


@require_safe
@seen_in_own_time
def export_all(request: HttpRequest) -> HttpResponseBase:
    """All conversations in one archive."""
    kind = _format(request)
    mine = Conversation.objects.for_user(person(request)).filter(temporary=False)
    conversations = (one for chunk in in_chunks(mine) for one in chunk)
    name = f"{installation().name} {timezone.localdate().isoformat()} {kind}"
    return _sent(request, archive(conversations, kind, name=name), format=kind, scope="all")


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    context = {"problem": problem, "limit": settings.IMPORT_MAX_BYTES // MB}
    return render(request, "exchange/page.html", context, status=400 if problem else 200)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Where all can be taken along, and others be brought."""
    return _page(request)


@require_POST
def bring(request: HttpRequest) -> HttpResponseBase:
    """Bring in the conversations of a file. The page tells of each as it comes in."""
    file = request.FILES.get("file")
    if file is None:
        return _page(request, _("Choose a file first."))
    if (file.size or 0) > settings.IMPORT_MAX_BYTES:
        limit = settings.IMPORT_MAX_BYTES // MB
        return _page(request, _("This file is larger than %(limit)d MB.") % {"limit": limit})
    pieces = _brought(request, person(request), file)
    return StreamingHttpResponse(in_steps(pieces), content_type="text/html; charset=utf-8")


def _brought(request: HttpRequest, user: User, file: "UploadedFile[Any]") -> Iterator[str]:
    whole = render_to_string("exchange/importing.html", {"name": file.name}, request)
    before, after = whole.split("<!--results-->")
    yield before
    came = failed = 0
    for result in _results(user, file):
        came, failed = came + (not result.problem), failed + bool(result.problem)
        if came + failed <= NAMED or result.problem:
            yield render_to_string("exchange/result.html", {"result": result})
    record(AuditRecord.Action.IMPORTED, request=request, conversations=came, failed=failed)
    yield render_to_string("exchange/imported.html", {"came": came, "failed": failed}) + after


def _results(user: User, file: "UploadedFile[Any]") -> Iterator[Result]:
    name = file.name or _("the file")
    try:
        for found in unpack(file, name, PAGE):
            yield bring_in(user, found)
    except BadFile as error:
        yield Result(name, problem=str(error))

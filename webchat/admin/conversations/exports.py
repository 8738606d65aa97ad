"""Conversations out of the administration, as files."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webchat.admin.conversations.access import reads_others
from webchat.audit import record
from webchat.downloads import download_response
from webchat.exchange.outgoing import Format, archive, in_chunks, single
from webchat.installation import installation
from webchat.models import AuditRecord, Conversation

Selected = QuerySet[Conversation]


@admin.action(description=_("Export as JSON"), permissions=["view"])
def export_json(model_admin: Any, request: HttpRequest, selected: Selected) -> Any:
    return _export(request, selected, Format.JSON)


@admin.action(description=_("Export as Markdown"), permissions=["view"])
def export_markdown(model_admin: Any, request: HttpRequest, selected: Selected) -> Any:
    return _export(request, selected, Format.MARKDOWN)


@admin.action(description=_("Export as HTML"), permissions=["view"])
def export_html(model_admin: Any, request: HttpRequest, selected: Selected) -> Any:
    return _export(request, selected, Format.HTML)


EXPORTS = [export_json, export_markdown, export_html]


def _export(request: HttpRequest, selected: Selected, kind: Format) -> HttpResponseBase | None:
    """One conversation as a file, more of them in an archive; nothing that may not be read."""
    # The list reads some columns only; here all are wanted.
    readable = Conversation.objects.filter(pk__in=selected.order_by().values("pk"))
    if not reads_others():
        readable = readable.filter(owner=request.user.pk)
    first = list(readable.select_related("owner", "endpoint")[:2])
    if not first:
        messages.error(request, gettext("Staff do not read here what other people write."))
        return None
    if len(first) == 1:
        export = single(first[0], kind)
        _record(request, kind, first)
    else:
        name = f"{installation().name} {timezone.localdate().isoformat()} {kind}"
        conversations = _recorded(request, kind, readable)
        export = archive(conversations, kind, name=name, by_owner=True)
    return download_response(export.pieces, export.name, export.content_type)


def _recorded(request: HttpRequest, kind: Format, readable: Selected) -> Iterator[Conversation]:
    """Each is written down before it goes out; who breaks off has the rest neither here nor there."""
    for chunk in in_chunks(readable):
        _record(request, kind, chunk)
        yield from chunk


def _record(request: HttpRequest, kind: Format, chunk: list[Conversation]) -> None:
    record(
        AuditRecord.Action.EXPORTED,
        request=request,
        subject=chunk[0] if len(chunk) == 1 else None,
        format=kind,
        owners=sorted({one.owner.get_username() for one in chunk}),
        conversations=[str(one.pk) for one in chunk],
    )

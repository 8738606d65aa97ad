"""A conversation, to be read: every branch of it, a page at a time, and nothing to change."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from webchat.admin.conversations.access import may_read, record_opening
from webchat.admin.conversations.figures import figures
from webchat.downloads import is_lost, picture_response
from webchat.generation.reading import read
from webchat.models import Conversation, Media


def readable(model_admin: Any, request: HttpRequest, pk: UUID) -> Conversation:
    """The conversation; only for those who may read it."""
    query = Conversation.objects.select_related("owner", "endpoint")
    conversation = get_object_or_404(query, pk=pk)
    if not (model_admin.has_view_permission(request, conversation)):
        raise PermissionDenied
    if not may_read(request, conversation):
        raise PermissionDenied(_("Staff do not read here what other people write."))
    return conversation


@require_safe
def transcript(request: HttpRequest, model_admin: Any, pk: UUID) -> HttpResponse:
    """`?at=` shows the branch through a message, `?page=` another page of it."""
    conversation = readable(model_admin, request, pk)
    through, number = _uuid(request.GET.get("at", "")), request.GET.get("page", "")
    page = read(
        conversation,
        through=through,
        number=int(number) if number.isdecimal() and len(number) < 9 else None,
    )
    record_opening(request, conversation, again=bool(through or number))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": conversation.name,
        "subtitle": None,
        "opts": model_admin.opts,
        "conversation": conversation,
        "page": page,
        "turns": [(turn, figures(turn.message)) for turn in page.turns],
        "through": through,
        "may_change": model_admin.has_change_permission(request, conversation),
        "may_delete": model_admin.has_delete_permission(request, conversation),
        "media": model_admin.media,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/webchat/conversation/transcript.html", context)


@require_safe
def picture(request: HttpRequest, model_admin: Any, pk: UUID, media: UUID) -> HttpResponseBase:
    """A picture of a message of the conversation."""
    conversation = readable(model_admin, request, pk)
    shown = Media.objects.filter(messages__conversation=conversation, pk=media).distinct()
    found = get_object_or_404(shown)
    if is_lost(found):
        raise Http404
    record_opening(request, conversation, again=True)
    return picture_response(request, found)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

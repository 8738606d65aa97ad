"""What administrators do with conversations they selected, in the list or by opening one."""

from functools import partial
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from webchat.admin.conversations.access import may_read
from webchat.admin.conversations.changelist import COUNT_MAX
from webchat.admin.conversations.exports import EXPORTS
from webchat.admin.conversations.work import Progress, work_through
from webchat.audit import record
from webchat.generation.conversations import erase, tell_erased, tell_updated
from webchat.models import AuditRecord, Conversation

NAMED = 10  # conversations that the question before a deletion shows

Selected = QuerySet[Conversation]


@admin.action(description=_("Archive"), permissions=["change"])
def archive(model_admin: Any, request: HttpRequest, selected: Selected) -> None:
    progress = work_through(
        selected.filter(archived=False), partial(_set_archived, request, archived=True)
    )
    done = ngettext(
        "%(count)d conversation was archived.",
        "%(count)d conversations were archived.",
        progress.done,
    )
    _tell(request, done, progress)


@admin.action(description=_("Take out of the archive"), permissions=["change"])
def unarchive(model_admin: Any, request: HttpRequest, selected: Selected) -> None:
    progress = work_through(
        selected.filter(archived=True), partial(_set_archived, request, archived=False)
    )
    done = ngettext(
        "%(count)d conversation was taken out of the archive.",
        "%(count)d conversations were taken out of the archive.",
        progress.done,
    )
    _tell(request, done, progress)


@admin.action(description=_("Delete"), permissions=["delete"])
def delete(model_admin: Any, request: HttpRequest, selected: Selected) -> HttpResponse | None:
    """Asks first."""
    if "confirmed" not in request.POST:
        return _question(model_admin, request, selected)
    progress = work_through(selected, partial(_delete, request))
    done = ngettext(
        "%(count)d conversation was deleted.",
        "%(count)d conversations were deleted.",
        progress.done,
    )
    _tell(request, done, progress)
    return None


ACTIONS = [archive, unarchive, *EXPORTS, delete]


def _set_archived(request: HttpRequest, pk: UUID, *, archived: bool) -> bool:
    with transaction.atomic():
        conversation = _held(pk)
        if conversation is None or conversation.archived == archived:
            return False
        conversation.archived = archived
        conversation.save(update_fields=["archived"])
        _record(request, AuditRecord.Action.ARCHIVED, conversation, archived=archived)
    async_to_sync(tell_updated)(conversation.owner_id, pk)
    return True


def _delete(request: HttpRequest, pk: UUID) -> bool:
    with transaction.atomic():
        conversation = _held(pk)
        if conversation is None:
            return False
        _record(request, AuditRecord.Action.DELETED, conversation)
        at_work = erase(conversation)
    async_to_sync(tell_erased)(conversation.owner_id, pk, at_work)
    return True


def _held(pk: UUID) -> Conversation | None:
    """The row, held against everybody who writes; None when it is gone."""
    held = Conversation.objects.select_for_update(of=("self",)).select_related("owner")
    return held.filter(pk=pk).first()


def _record(
    request: HttpRequest, action: AuditRecord.Action, conversation: Conversation, **details: Any
) -> None:
    owner = conversation.owner.get_username()
    record(action, request=request, subject=conversation, owner=owner, **details)


def _tell(request: HttpRequest, done: str, progress: Progress) -> None:
    told = done % {"count": progress.done}
    if progress.is_whole:
        messages.success(request, told)
    else:
        rest = gettext("There are more than one request can do. Do the same again for the rest.")
        messages.warning(request, f"{told} {rest}")


def _question(model_admin: Any, request: HttpRequest, selected: Selected) -> HttpResponse:
    """How many there are and which the first ones are; nothing else is looked up."""
    count = selected.order_by()[: COUNT_MAX + 1].count()
    named = [(one, may_read(request, one)) for one in selected.select_related("owner")[:NAMED]]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Delete conversations?"),
        "opts": model_admin.opts,
        "count": count,
        "count_max": COUNT_MAX,
        "named": named,
        "unnamed": count > len(named),
        "checkbox": ACTION_CHECKBOX_NAME,
        "ticked": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
    }
    request.current_app = model_admin.admin_site.name
    template = "admin/webchat/conversation/delete_confirmation.html"
    return TemplateResponse(request, template, context)

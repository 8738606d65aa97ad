"""Limits of groups, and of everybody whose groups have none."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from webchat import limits
from webchat.admin.selection import Selectable
from webchat.audit import record
from webchat.forms.limits import LimitsForm
from webchat.models import AuditRecord, Limits

NUMBERS = ("messages_a_minute", "answers_at_once", "tokens_a_day", "upload_bytes")


@admin.register(Limits)
class LimitsAdmin(Selectable, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable
    """Every change is recorded with the numbers before and after, and holds at once."""

    form = LimitsForm
    list_display = ["whose", "messages_a_minute", "answers_at_once", "tokens_a_day", "upload"]
    list_select_related = ["group"]

    @admin.display(description=_("for"), ordering="group__name")
    def whose(self, row: Limits) -> str:
        return str(row)

    @admin.display(description=_("size of an upload"), empty_value="-", ordering="upload_bytes")
    def upload(self, row: Limits) -> str | None:
        return None if row.upload_bytes is None else filesizeformat(row.upload_bytes)

    def save_model(self, request: HttpRequest, obj: Limits, form: Any, change: bool) -> None:
        former = Limits.objects.filter(pk=obj.pk).first() if change else None
        super().save_model(request, obj, form, change)
        transaction.on_commit(limits.forget)  # sooner others would still read the former numbers
        record_limits(request, obj, former, obj)

    def delete_model(self, request: HttpRequest, obj: Limits) -> None:
        record_limits(request, obj, obj, None)
        super().delete_model(request, obj)
        transaction.on_commit(limits.forget)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Limits]") -> None:
        for row in queryset:
            self.delete_model(request, row)


def record_limits(
    request: HttpRequest, subject: Limits, before: Limits | None, after: Limits | None
) -> None:
    """Write down that limits are others than before, or new, or gone."""
    action = AuditRecord.Action.LIMITS_CHANGED
    record(action, subject=subject, request=request, before=_numbers(before), after=_numbers(after))


def _numbers(row: Limits | None) -> dict[str, int | None] | None:
    return None if row is None else {name: getattr(row, name) for name in NUMBERS}

"""Groups, whose permissions are rights: only superusers hand them out."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from webchat.audit import record
from webchat.models import AuditRecord

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Django's own; staff who may change a group cannot raise themselves by what it may do."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else ("permissions",)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        group: Group = form.instance
        before = _permissions(group)
        super().save_related(request, form, formsets, change)
        if (after := _permissions(group)) != before:
            action = AuditRecord.Action.ROLE_CHANGED
            record(action, subject=group, request=request, permissions=after)


def _permissions(group: Group) -> list[str]:
    return sorted(str(permission) for permission in group.permissions.all())

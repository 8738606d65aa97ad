"""Groups, whose permissions are rights: only superusers hand them out, or take them away."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from webchat import limits
from webchat.admin.limits import record_limits
from webchat.admin.selection import Selectable
from webchat.audit import record
from webchat.models import AuditRecord, Endpoint, Limits

NAMES_MAX = 50  # members and endpoints that one record names

Action = AuditRecord.Action

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(Selectable, DjangoGroupAdmin):
    """Django's own; staff who may change a group cannot raise themselves by what it may do."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else ("permissions",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and bool(request.user.is_superuser)

    # --- what is written down ---

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        form.before = _described(Group.objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        group: Group = form.instance
        now = _described(group)
        changed = {name: now[name] for name in now if now[name] != form.before.get(name)}
        if changed:
            record(Action.ROLE_CHANGED, subject=group, request=request, **changed)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        """Its limits go with it, and what only its members might use is for nobody."""
        record(Action.DELETED, subject=obj, request=request, **_described(obj), **_bound_to(obj))
        for row in Limits.objects.filter(group=obj):
            record_limits(request, row, row, None)
        super().delete_model(request, obj)
        transaction.on_commit(limits.forget)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        for group in queryset:
            self.delete_model(request, group)


def _described(group: Group) -> dict[str, Any]:
    permissions = sorted(str(permission) for permission in group.permissions.all())
    return {"name": group.name, "permissions": permissions}


def _bound_to(group: Group) -> dict[str, Any]:
    members = group.user_set.order_by("username").values_list("username", flat=True)
    endpoints = Endpoint.objects.filter(groups=group).values_list("label", flat=True)
    return {
        "members": list(members[:NAMES_MAX]),
        "member_count": members.count(),
        "endpoints": list(endpoints[:NAMES_MAX]),
    }

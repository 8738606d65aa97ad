"""Name, logo, terms and notice: one page, because there is one row."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from webchat import installation
from webchat.audit import record
from webchat.doctor.examine import examine
from webchat.doctor.finding import Level
from webchat.forms.installation import InstallationForm
from webchat.models import AuditRecord, Installation


@admin.register(Installation)
class InstallationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable
    form = InstallationForm
    readonly_fields = ["present_logo"]
    fieldsets = [
        (None, {"fields": ["name", "present_logo", "new_logo", "remove_logo", "terms_url"]}),
        (_("Notice for everybody"), {"fields": ["notice", "notice_level", "notice_until"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.examination)
        return [path("examination/", page, name="examination"), *super().get_urls()]

    def examination(self, request: HttpRequest) -> HttpResponse:
        """What is wrong with the installation. To look takes half a minute, so it needs a wish."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        findings = list(examine()) if request.method == "POST" else None
        context = self.admin_site.each_context(request) | {
            "title": _("Examination"),
            "opts": self.opts,
            "findings": findings,
            "wrong": sum(each.level is Level.WRONG for each in findings or ()),
        }
        return render(request, "admin/webchat/examination.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is nothing to choose from."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        row, _made = Installation.objects.get_or_create(pk=1)
        return redirect(reverse("admin:webchat_installation_change", args=[row.pk]))

    @admin.display(description=_("present logo"))
    def present_logo(self, row: Installation) -> SafeString | str:
        if not row.logo:
            return "–"
        return format_html(
            '<img src="{}" alt="" height="64">', reverse("logo", args=[row.logo_digest])
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(installation.forget)
        record(
            AuditRecord.Action.SITE_CHANGED, subject=obj, request=request, fields=form.changed_data
        )

"""The audit, to be read and nothing else."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from webchat.admin.reading import ReadOnly
from webchat.models import AuditRecord

PER_PAGE = 50


@admin.register(AuditRecord)
class AuditRecordAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable
    """Newest first; found by who, what and when."""

    list_display = ["at", "actor_name", "action", "subject", "address", "told"]
    list_display_links = None
    list_filter = ["action", "at"]
    search_fields = ["actor_name", "subject_name", "subject_id", "address"]
    search_help_text = _("A name, an id or an address")
    list_per_page = PER_PAGE
    show_full_result_count = False
    date_hierarchy = "at"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A moment beyond what can be counted finds everything, as nonsense does elsewhere."""
        try:
            title = {"title": capfirst(str(self.opts.verbose_name_plural))}
            page = super().changelist_view(request, title | (extra_context or {}))
            return page.render() if isinstance(page, SimpleTemplateResponse) else page
        except (OverflowError, ValueError):
            return redirect(request.path)

    @admin.display(description=_("subject"))
    def subject(self, row: AuditRecord) -> str:
        return f"{row.subject_type} {row.subject_name}".strip() or "–"

    @admin.display(description=_("details"))
    def told(self, row: AuditRecord) -> str:
        return json.dumps(row.details, ensure_ascii=False) if row.details else ""

"""The page of figures, and its tables as files."""

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from webchat.admin.reading import ReadOnly
from webchat.forms.period import PeriodForm
from webchat.insight.figures.all import Figures
from webchat.insight.headlines import headlines
from webchat.insight.period import DAYS, Period
from webchat.insight.sections.all import OF_TABLE, sections, table
from webchat.insight.tables import as_csv
from webchat.models import Outcome


@admin.register(Outcome)
class InsightAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable
    """Outcomes are shown in numbers only; who may see outcomes may see these."""

    class Media:
        css = {"all": ["css/admin-insight.css"]}

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, Any]] = {
            "changelist": ("", self.page_view),
            "csv": ("<slug:slug>.csv", self.csv_view),
        }
        return [
            path(route, self.admin_site.admin_view(view), name=f"webchat_outcome_{name}")
            for name, (route, view) in pages.items()
        ]

    def page_view(self, request: HttpRequest) -> HttpResponse:
        """Everything of the chosen days."""
        form, period = self._asked(request)
        figures = Figures(period)
        context = {
            **self.admin_site.each_context(request),
            "title": self.opts.verbose_name_plural,
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "period": period,
            "choices": _choices(period),
            "query": urlencode({"since": period.first, "until": period.last}),
            "headlines": headlines(figures),
            "sections": sections(figures),
        }
        return TemplateResponse(request, "admin/insight/page.html", context)

    def csv_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """One table of the chosen days."""
        _form, period = self._asked(request)
        if slug not in OF_TABLE:
            raise Http404
        text = as_csv(table(Figures(period), slug))
        name = f"{slug}-{period.first}-{period.last}.csv"
        head = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=head)

    def _asked(self, request: HttpRequest) -> tuple[PeriodForm, Period]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        reader: Any = request.user
        zone: ZoneInfo = reader.zone
        form = PeriodForm(request.GET)
        return form, form.period(timezone.localdate(timezone=zone), zone)


def _choices(period: Period) -> list[tuple[int, bool]]:
    """The numbers of days to choose from, and which of them is shown."""
    today = timezone.localdate()
    return [(days, period == Period.until(today, days, period.zone)) for days in DAYS]

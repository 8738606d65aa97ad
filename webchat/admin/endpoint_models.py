"""The models of endpoints: found by search, switched on and off, named, and one made the default."""

from collections import defaultdict
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from webchat.admin.rows import NamedRow
from webchat.admin.selection import Selectable, is_key
from webchat.audit import record
from webchat.catalog import tells_models
from webchat.forms.endpoint_model import EndpointModelForm
from webchat.models import AuditRecord, Endpoint, EndpointModel

NAMES_MAX = 20  # as many names stand in one audit record
Action = AuditRecord.Action


class State(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("offered", _("offered")), ("off", _("switched off")), ("gone", _("gone"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen: dict[str, dict[str, Any]] = {
            "offered": {"enabled": True, "gone_since": None},
            "off": {"enabled": False},
            "gone": {"gone_since__isnull": False},
        }
        return queryset.filter(**chosen.get(self.value() or "", {}))


@admin.register(EndpointModel)
class EndpointModelAdmin(Selectable, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable
    """A page of its own: a public service lists hundreds."""

    list_display = ["name", "label", "enabled", "marked", "endpoint", "state"]
    list_editable = ["label", "enabled"]
    list_filter = [State, "endpoint"]
    list_select_related = ["endpoint"]
    list_per_page = 100
    empty_value_display = ""
    search_fields = ["name", "label"]
    ordering = ["endpoint__position", "endpoint", "position", "id"]
    form = EndpointModelForm
    fields = ["endpoint", "name", "label", "enabled", "default"]
    actions = ["switch_on", "switch_off", "make_default"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["endpoint", "name"] if obj else []

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        one = "endpoint__id__exact" in request.GET
        return [name for name in self.list_display if not (one and name == "endpoint")]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": NamedRow} | kwargs)

    def get_actions(self, request: HttpRequest) -> Any:
        """What is listed would come back; it is switched off instead."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        listed = isinstance(obj, EndpointModel) and not (obj.by_hand or obj.gone_since)
        return super().has_delete_permission(request, obj) and not listed

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The models of all endpoints, or of one; that one can be asked anew."""
        return super().changelist_view(request, (extra_context or {}) | self._about_one(request))

    def _about_one(self, request: HttpRequest) -> dict[str, Any]:
        wanted = request.GET.get("endpoint__id__exact", "")
        endpoint = Endpoint.objects.filter(pk=wanted).first() if is_key(wanted) else None
        if endpoint is None:
            return {"title": _("Models")}
        return {
            "title": _("Models of %(endpoint)s") % {"endpoint": endpoint},
            "endpoint": endpoint,
            "can_refresh": tells_models(endpoint),
        }

    @admin.display(description=gettext_lazy("default"), ordering="-is_default")
    def marked(self, model: EndpointModel) -> str:
        return _("default") if model.is_default else ""

    @admin.display(description=gettext_lazy("state"))
    def state(self, model: EndpointModel) -> str:
        if model.gone_since:
            since = date_format(localtime(model.gone_since), "SHORT_DATE_FORMAT")
            return _("no longer listed since %(date)s") % {"date": since}
        return _("added by hand") if model.by_hand else _("listed")

    # --- What is written down ---

    def save_model(self, request: HttpRequest, obj: EndpointModel, form: Any, change: bool) -> None:
        if not change:
            obj.by_hand = True
        if form.cleaned_data.get("default"):
            obj.make_default()
        else:
            obj.is_default = obj.is_default and "default" not in form.changed_data
            super().save_model(request, obj, form, change)
        said = {name: form.cleaned_data[name] for name in form.changed_data if name != "endpoint"}
        self._record(request, [obj], **(said if change else {"added": True}))

    def delete_model(self, request: HttpRequest, obj: EndpointModel) -> None:
        self._record(request, [obj], removed=True)
        super().delete_model(request, obj)

    def _record(self, request: HttpRequest, rows: list[EndpointModel], **said: Any) -> None:
        """One record for each endpoint whose models were changed."""
        by_endpoint: dict[Endpoint, list[str]] = defaultdict(list)
        for row in rows:
            by_endpoint[row.endpoint].append(row.name)
        for endpoint, names in by_endpoint.items():
            told: dict[str, Any] = {"models": names[:NAMES_MAX], "count": len(names)}
            record(Action.ENDPOINT_CHANGED, subject=endpoint, request=request, **told | said)

    # --- What can be done ---

    @admin.action(description=gettext_lazy("Switch the selected models on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[EndpointModel]) -> None:
        self._switch(request, queryset, True)

    @admin.action(
        description=gettext_lazy("Switch the selected models off"), permissions=["change"]
    )
    def switch_off(self, request: HttpRequest, queryset: QuerySet[EndpointModel]) -> None:
        self._switch(request, queryset, False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[EndpointModel], on: bool) -> None:
        changed = list(queryset.exclude(enabled=on))
        queryset.model.objects.filter(pk__in=[row.pk for row in changed]).update(enabled=on)
        self._record(request, changed, enabled=on)
        said = ngettext("%(count)d model changed.", "%(count)d models changed.", len(changed))
        self.message_user(request, said % {"count": len(changed)}, messages.SUCCESS)

    @admin.action(
        description=gettext_lazy("Make the selected model the default of its endpoint"),
        permissions=["change"],
    )
    def make_default(self, request: HttpRequest, queryset: QuerySet[EndpointModel]) -> None:
        rows = list(queryset[: NAMES_MAX + 1])
        if len({row.endpoint_id for row in rows}) < len(rows):
            said = _("An endpoint has one default: select one model of each.")
            self.message_user(request, said, messages.ERROR)
            return
        for row in rows:
            row.make_default()
        self._record(request, rows, is_default=True)
        self.message_user(request, _("The default is changed."), messages.SUCCESS)

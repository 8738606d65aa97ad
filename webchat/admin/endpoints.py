"""Endpoints, as administrators see them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from providers.errors import ProviderError
from webchat.admin.endpoint_columns import EndpointColumns
from webchat.admin.rows import NamedRow
from webchat.admin.selection import Selectable
from webchat.audit import record
from webchat.catalog import refresh, renew, tells_models, try_endpoints, with_health, with_offered
from webchat.catalog.changes import differences, snapshot, stored_snapshot
from webchat.forms.endpoint import EndpointForm
from webchat.models import AuditRecord, Endpoint

TRIALS_MAX = 50  # endpoints asked at once
CONNECTION = {"provider", "base_url", "api_key", "proxy", "headers"}
Action = AuditRecord.Action


@admin.register(Endpoint)
class EndpointAdmin(Selectable, EndpointColumns, admin.ModelAdmin):  # type: ignore[type-arg]
    form = EndpointForm
    list_display = [
        "label", "where", "enabled", "offered", "key_is_set", "success", "failure", "error_rate",
    ]  # fmt: skip
    list_editable = ["enabled"]
    search_fields = ["label", "provider", "base_url"]
    list_per_page = TRIALS_MAX
    ordering = ["position", "id"]
    actions = ["test", "switch_on", "switch_off"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = {"title": capfirst(str(self.opts.verbose_name_plural))}
        return super().changelist_view(request, title | (extra_context or {}))

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": NamedRow} | kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        found: QuerySet[Endpoint] = with_offered(with_health(super().get_queryset(request)))
        return found

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look sees whether a secret is set; Django would show the secret itself."""
        own = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        fixed = obj is not None and obj.origin == Endpoint.Origin.ENVIRONMENT
        key = "api_key" if own and not fixed else "key_is_set"
        connection = ["proxy", "headers"] if own else ["proxy_is_set", "headers_are_set"]
        sections: list[Any] = [
            (None, {"fields": ["label", "provider", "base_url", key, "enabled"]}),
            (_("Who may use it"), {"fields": ["everyone", "groups", "position"]}),
            (_("Models"), {"fields": ["offered", "offers_new_models"]}),
            (_("Connection"), {"fields": [*connection, "options"]}),
            (_("Limits"), {"fields": ["runs_at_once", "silence_seconds", "total_seconds"]}),
        ]
        if obj is None:
            sections[2][1]["fields"].remove("offered")
            return sections
        state = {"fields": ["origin", "success", "failure", "error_rate"]}
        return [*sections, (_("How it has been doing"), state)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The address of an endpoint that appeared by itself comes from the settings.

        So does the key of one from the environment, which is not even shown as a field.
        """
        shown = ["origin", "offered", "success", "failure", "error_rate"]
        shown += ["key_is_set", "proxy_is_set", "headers_are_set"]
        automatic = obj is not None and obj.origin != Endpoint.Origin.ADMIN
        if obj is not None and obj.origin == Endpoint.Origin.ENVIRONMENT:
            shown.append("api_key")
        return shown + (["provider", "base_url"] if automatic else [])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What the next start would bring back is switched off instead."""
        automatic = isinstance(obj, Endpoint) and obj.is_automatic
        return super().has_delete_permission(request, obj) and not automatic

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Up to 2000 models go with an endpoint; their number says enough."""
        _all, counts, _needed, protected = super().get_deleted_objects(objs, request)
        kept = [obj for obj in objs if not self.has_delete_permission(request, obj)]
        needed = {str(self.opts.verbose_name)} if kept else set()
        return [str(obj) for obj in objs], counts, needed, protected

    # --- What is written down ---

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        form.before = stored_snapshot(obj.pk)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        endpoint = form.instance
        changed = differences(form.before, snapshot(endpoint))
        if changed:
            record(Action.ENDPOINT_CHANGED, subject=endpoint, request=request, **changed)
        if CONNECTION & changed.keys():
            renew(endpoint)
        if not endpoint.everyone and not endpoint.groups.exists():
            self.message_user(
                request,
                _("Nobody may use “%(label)s”: choose a group, or everyone.")
                % {"label": endpoint.label},
                messages.WARNING,
            )

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        record(Action.DELETED, subject=obj, request=request)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        for endpoint in queryset:
            record(Action.DELETED, subject=endpoint, request=request)
        super().delete_queryset(request, queryset)

    # --- What can be done ---

    @admin.action(description=_("Test: ask the selected endpoints now"), permissions=["change"])
    def test(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> HttpResponse:
        return self._tried(request, list(queryset[:TRIALS_MAX]))

    @admin.action(description=_("Switch the selected endpoints on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self._switch(request, queryset, True)

    @admin.action(description=_("Switch the selected endpoints off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self._switch(request, queryset, False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Endpoint], on: bool) -> None:
        changed = list(queryset.exclude(enabled=on))
        Endpoint.objects.filter(pk__in=[one.pk for one in changed]).update(enabled=on)
        for endpoint in changed:
            record(Action.ENDPOINT_CHANGED, subject=endpoint, request=request, enabled=[not on, on])
        said = ngettext("%(count)d endpoint changed.", "%(count)d endpoints changed.", len(changed))
        self.message_user(request, said % {"count": len(changed)}, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        return [
            path("<int:pk>/test/", site.admin_view(self.test_one), name="webchat_endpoint_test"),
            path(
                "<int:pk>/refresh/", site.admin_view(self.refresh), name="webchat_endpoint_refresh"
            ),
            *super().get_urls(),
        ]

    def test_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask one endpoint now; by POST alone, since it costs something."""
        endpoint = self._changeable(request, pk)
        if endpoint is None or request.method != "POST":
            return redirect("admin:webchat_endpoint_changelist")
        return self._tried(request, [endpoint])

    def refresh(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask one endpoint for its models now."""
        endpoint = self._changeable(request, pk)
        if endpoint is not None and request.method == "POST" and tells_models(endpoint):
            self._refresh(request, endpoint)
        return redirect(
            f"{reverse('admin:webchat_endpointmodel_changelist')}?endpoint__id__exact={pk}"
        )

    def _refresh(self, request: HttpRequest, endpoint: Endpoint) -> None:
        try:
            listing = refresh(endpoint)
        except ProviderError as error:
            self.message_user(request, _(error.message), messages.ERROR)
            return
        said = _("%(total)d models: %(new)d new, %(gone)d no longer listed.")
        self.message_user(request, said % vars(listing), messages.SUCCESS)

    def _changeable(self, request: HttpRequest, pk: int) -> Endpoint | None:
        endpoint = Endpoint.objects.filter(pk=pk).first()
        if not self.has_change_permission(request, endpoint):
            raise PermissionDenied
        return endpoint

    def _tried(self, request: HttpRequest, endpoints: list[Endpoint]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Test"),
            "trials": try_endpoints(endpoints),
            "endpoint": endpoints[0] if len(endpoints) == 1 else None,
        }
        return render(request, "admin/webchat/endpoint/trials.html", context)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        response = super().response_add(request, obj, post_url_continue)
        return self._test_after(request, obj) or response

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        response = super().response_change(request, obj)
        return self._test_after(request, obj) or response

    def _test_after(self, request: HttpRequest, endpoint: Endpoint) -> HttpResponse | None:
        """“Save and test” goes on to the test by the same POST: nothing is held locked meanwhile."""
        if "_test" not in request.POST:
            return None
        response = redirect("admin:webchat_endpoint_test", endpoint.pk)
        response.status_code = 307
        return response

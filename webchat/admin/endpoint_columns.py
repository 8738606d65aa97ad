"""What the list of endpoints says of each."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from providers.registry import providers
from webchat.catalog import KINDS
from webchat.models import Endpoint

NOTHING = "–"


def ago(at: datetime | None) -> SafeString | str:
    """A moment as people say it; the exact time is in its title."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at)
    said = _("%(time)s ago") % {"time": timesince(at).split(",")[0]}
    exact = date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, said)


def is_set(secret: Any) -> str:
    return _("set") if secret else _("not set")


def provider_name(endpoint: Endpoint) -> str:
    provider = providers().get(endpoint.provider)
    if provider is None:
        return _("%(name)s (not installed)") % {"name": endpoint.provider}
    return provider.label


class EndpointColumns:
    """Columns of EndpointAdmin; its queryset brings what they need."""

    @admin.display(description=gettext_lazy("provider"), ordering="provider")
    def where(self, endpoint: Endpoint) -> SafeString | str:
        """The provider, and the server behind it where that is not the provider's own."""
        name = provider_name(endpoint)
        host = urlsplit(endpoint.base_url).netloc.rpartition("@")[2]
        if not host:
            return name
        shown = format_html('<span class="quiet" title="{}">{}</span>', endpoint.base_url, host)
        return format_html("{}<br>{}", name, shown)

    @admin.display(description=gettext_lazy("offered"), ordering="offered_models")
    def offered(self, endpoint: Any) -> SafeString | str:
        url = reverse("admin:webchat_endpointmodel_changelist")
        number = endpoint.offered_models or 0
        said = ngettext("%(count)d model", "%(count)d models", number) % {"count": number}
        return format_html('<a href="{}?endpoint__id__exact={}">{}</a>', url, endpoint.pk, said)

    @admin.display(description=gettext_lazy("key"))
    def key_is_set(self, endpoint: Endpoint) -> str:
        return is_set(endpoint.api_key)

    @admin.display(description=gettext_lazy("proxy"))
    def proxy_is_set(self, endpoint: Endpoint) -> str:
        return is_set(endpoint.proxy)

    @admin.display(description=gettext_lazy("headers"))
    def headers_are_set(self, endpoint: Endpoint) -> str:
        return is_set(endpoint.headers)

    @admin.display(description=gettext_lazy("last success"), ordering="last_success")
    def success(self, endpoint: Any) -> SafeString | str:
        return ago(endpoint.last_success)

    @admin.display(description=gettext_lazy("last failure"), ordering="last_failure")
    def failure(self, endpoint: Any) -> SafeString | str:
        if endpoint.last_failure is None:
            return NOTHING
        code = endpoint.last_failure_code
        return format_html(
            '{}<br><span class="quiet">{}</span>', ago(endpoint.last_failure), KINDS.get(code, code)
        )

    @admin.display(description=gettext_lazy("errors in 24 h"))
    def error_rate(self, endpoint: Any) -> SafeString | str:
        if not endpoint.recent:
            return NOTHING
        failed = endpoint.failed or 0
        return format_html(
            '{} %<br><span class="quiet">{}</span>',
            round(100 * failed / endpoint.recent),
            _("%(failed)d of %(all)d") % {"failed": failed, "all": endpoint.recent},
        )

"""Endpoints, as administrators see them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from webchat.models import Endpoint

SECRETS = ("api_key", "proxy")


def secret_input() -> forms.CharField:
    """A field whose value never goes to a browser, not even to an administrator's."""
    return forms.CharField(
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
        help_text=_("It is never shown. Leave empty to keep what is stored."),
    )


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable
    """Secrets are typed anew, kept, or forgotten; they are never read back."""

    api_key = secret_input()
    api_key.label = _("Key")
    proxy = secret_input()
    proxy.label = _("Proxy")
    forget_secrets = forms.BooleanField(
        required=False, label=_("Forget the stored key and proxy"), initial=False
    )

    class Meta:
        model = Endpoint
        fields = [
            "label", "provider", "base_url", "enabled", "api_key", "proxy", "forget_secrets",
            "everyone", "groups", "runs_at_once", "position",
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        forget = data.get("forget_secrets")
        for name in SECRETS:
            data[name] = data.get(name) or ("" if forget else getattr(self.instance, name))
        return data


@admin.register(Endpoint)
class EndpointAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable
    form = EndpointForm
    list_display = ["label", "provider", "base_url", "enabled", "has_key", "origin"]
    list_editable = ["enabled"]
    list_filter = ["enabled", "provider", "origin"]
    search_fields = ["label", "provider", "base_url"]
    filter_horizontal = ["groups"]

    def get_readonly_fields(self, request: Any, obj: Endpoint | None = None) -> list[str]:
        """The address of an endpoint that appeared by itself comes from the settings."""
        automatic = obj is not None and obj.origin != Endpoint.Origin.ADMIN
        return ["provider", "base_url"] if automatic else []

    @admin.display(boolean=True, description=_("key is set"))
    def has_key(self, endpoint: Endpoint) -> bool:
        return bool(endpoint.api_key)

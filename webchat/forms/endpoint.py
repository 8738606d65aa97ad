"""The form of an endpoint."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from providers.openai_compatible import OpenAICompatible
from providers.registry import providers
from webchat.forms.secrets import FORGET, SecretField, SecretHeadersField
from webchat.models import Endpoint
from webchat.models.endpoint import destination

SECRETS = ("api_key", "proxy", "headers")
BOUND = ("api_key", "headers")  # they go to the server, and to no other one


def provider_choices() -> list[tuple[str, str]]:
    """Every provider there is, official ones first, as people call them."""
    known = sorted(providers().items(), key=lambda pair: (pair[1].unofficial, pair[1].label))
    return [
        (name, _("%(label)s (unofficial)") % {"label": one.label} if one.unofficial else one.label)
        for name, one in known
    ]


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable
    """Secrets are typed anew, kept, or forgotten; and they stay with the server they are for."""

    provider = forms.ChoiceField(label=_("Provider"), initial=OpenAICompatible.__name__)
    api_key = SecretField(label=_("Key"))
    proxy = SecretField(
        label=_("Proxy"), help_text=_("For example http://name:password@proxy.example:3128")
    )
    headers = SecretHeadersField(
        label=_("Headers"),
        help_text=_('Sent along with every question; a JSON object like {"X-Title": "Chat"}.'),
    )

    class Meta:
        model = Endpoint
        fields = [
            "label", "provider", "base_url", "api_key", "enabled", "everyone", "groups", "position",
            "offers_new_models", "proxy", "headers", "options", "runs_at_once", "silence_seconds",
            "total_seconds",
        ]  # fmt: skip
        widgets = {"groups": forms.CheckboxSelectMultiple}
        help_texts = {
            "base_url": _(
                "Up to and including /v1 for an OpenAI-compatible server; "
                "empty for the provider's own address."
            ),
            "options": _('Further settings for every question, like {"temperature": 0.7}.'),
            "groups": _("Whose members may use it, unless everyone may."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECRETS:
            self.initial.pop(name, None)
            if name in self.fields:
                self.fields[name].widget.is_set = bool(getattr(self.instance, name))
        for name in {"headers", "options"} & self.fields.keys():
            self.fields[name].widget.attrs |= {"rows": 3}
        if "provider" in self.fields:
            self._offer_providers()

    def _offer_providers(self) -> None:
        """Every provider, and the endpoint's own even if its package is gone."""
        choices, own = provider_choices(), self.instance.provider
        if own and own not in dict(choices):
            choices.append((own, _("%(name)s (not installed)") % {"name": own}))
        self.fields["provider"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._check_destination(data)
        for name in SECRETS:
            if name in self.fields:
                data[name] = self._secret(name, data.get(name))
        return data

    def _secret(self, name: str, typed: Any) -> Any:
        empty: Any = {} if name == "headers" else ""
        if typed is FORGET:
            return empty
        return typed or getattr(self.instance, name) or empty

    def _check_destination(self, data: dict[str, Any]) -> None:
        """Whoever may change an address must not learn the key by that: it would be sent there."""
        if not self.instance.pk or not self._leads_elsewhere(data):
            return
        for name in BOUND:
            if not getattr(self.instance, name) or data.get(name):
                continue
            if name in self.fields:
                self.add_error(
                    name,
                    _("It would go to another server than before. Type it again, or forget it."),
                )
            else:  # its address comes from there too, so it is the proxy that is new
                self.add_error(
                    "proxy", _("The key of the environment would pass through it in the clear.")
                )

    def _leads_elsewhere(self, data: dict[str, Any]) -> bool:
        """Whether others than before would see what is sent."""
        former = self.instance
        now = Endpoint(
            provider=data.get("provider", former.provider),
            base_url=data.get("base_url", former.base_url),
        )
        is_clear = now.base_url[:5].lower() == "http:"
        overheard = is_clear and data.get("proxy") not in ("", None, FORGET)
        return destination(now) != destination(former) or overheard

    def full_clean(self) -> None:
        """A form that comes back has empty fields where a secret was typed; it says so."""
        super().full_clean()
        if not self.is_bound or not self.errors:
            return
        for name in SECRETS:
            typed = self.data.get(self.add_prefix(name))
            if name in self.fields and typed and name not in self.errors:
                self.add_error(name, _("Type it once more: it is not sent back to your browser."))

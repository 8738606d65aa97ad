"""The form of a model of an endpoint."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from webchat.models import EndpointModel


class EndpointModelForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable
    """Making a model the default takes that from another one, so it is no plain column here."""

    default = forms.BooleanField(
        required=False,
        label=_("Default"),
        help_text=_("The model that is chosen until somebody chooses."),
    )

    class Meta:
        model = EndpointModel
        fields = ["endpoint", "name", "label", "enabled"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["default"] = self.instance.is_default

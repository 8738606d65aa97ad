"""The form of a group's limits."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from webchat.models import Limits
from webchat.settings.parsers import UNITS, size

BINARY_UNITS = {"GiB": UNITS["gi"], "MiB": UNITS["mi"], "KiB": UNITS["ki"]}


class SizeField(forms.CharField):
    """Bytes, written plainly or with a unit, as in the settings; None when empty."""

    def prepare_value(self, value: Any) -> Any:
        """The largest unit that says it exactly."""
        if not isinstance(value, int):
            return value
        for name, unit in BINARY_UNITS.items():
            if value and value % unit == 0:
                return f"{value // unit}{name}"
        return str(value)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return size(text)
        except ValueError as error:
            raise ValidationError(_("Write a size such as 20MiB.")) from error


class LimitsForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable
    upload_bytes = SizeField(
        required=False,
        label=_("Size of an upload"),
        help_text=_("In bytes or like 20MiB. Empty: as large as UPLOAD_MAX_BYTES says."),
    )

    class Meta:
        model = Limits
        fields = ["group", "messages_a_minute", "answers_at_once", "tokens_a_day", "upload_bytes"]

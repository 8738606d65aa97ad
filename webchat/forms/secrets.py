"""Fields for secrets: typed anew, kept, or forgotten, and never sent back to a browser."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

FORGET = object()
"""What a field is cleaned to when the stored secret is to be forgotten; "" means: keep it."""


class _Secret(forms.Widget):
    """Shows whether something is stored, and nothing else; what was typed is not sent back."""

    is_set = False

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        field = super().render(name, None, attrs, renderer)
        if not self.is_set:
            return format_html('{}<span class="secret">{}</span>', field, _("not set"))
        return format_html(
            '{}<span class="secret set">{}</span> '
            '<label class="secret-forget"><input type="checkbox" name="{}-forget"> {}</label>',
            *(field, _("set"), name, _("Forget it")),
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        return typed or (FORGET if f"{name}-forget" in data else "")

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Never: a browser sends the field empty, and that means something."""
        return False


class SecretInput(_Secret, forms.PasswordInput):
    """One line that nobody reads over a shoulder."""


class SecretTextarea(_Secret, forms.Textarea):
    """Several lines."""


class SecretField(forms.CharField):
    """ "" to keep what is stored, FORGET, or a new secret."""

    widget: type[forms.Widget] = SecretInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean(self, value: Any) -> Any:
        return FORGET if value is FORGET else super().clean(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class SecretHeadersField(SecretField):
    """The same for a JSON object."""

    widget = SecretTextarea

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text or text is FORGET:
            return text
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise ValidationError(
                _('Write the headers as a JSON object: {"Name": "value"}.'), code="json"
            ) from None

"""How somebody wants to see the pages."""

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from webchat.templatetags.page import THEMES


def known_time_zone(name: str) -> bool:
    """Whether this is the name of a time zone; browsers may send anything."""
    return name in available_timezones()


class PreferencesForm(forms.Form):
    """Each field may be missing: what is missing stays as it is."""

    theme = forms.ChoiceField(required=False, choices=[(theme, theme) for theme in THEMES])
    sidebar = forms.ChoiceField(required=False, choices=[("open", "open"), ("closed", "closed")])
    language = forms.ChoiceField(required=False, choices=lambda: settings.LANGUAGES)
    time_zone = forms.CharField(required=False, max_length=64)
    notice = forms.RegexField("^[0-9a-f]+$", required=False, max_length=16)

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        if name and not known_time_zone(name):
            raise ValidationError("not a time zone")
        return name

"""What people say about themselves."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from webchat.models import User

CONTINENTS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
)  # fmt: skip
Choices = list[tuple[str, Any]]


@cache
def _zones() -> Choices:
    """The places of the time zone database by continent; its older names are left out."""
    names = sorted(available_timezones())
    groups: Choices = [("UTC", "UTC")]
    for continent in CONTINENTS:
        start = f"{continent}/"
        places = [name for name in names if name.startswith(start)]
        groups.append((continent, [(name, _place(name, start)) for name in places]))
    return groups


def _place(name: str, start: str) -> str:
    return name.removeprefix(start).replace("_", " ").replace("/", " – ")


def _languages() -> Choices:
    return [
        (code, get_language_info(code)["name_local"].capitalize())
        for code, _n in settings.LANGUAGES
    ]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable
    """Name, language and time zone; the name may be empty, the sign-in name stays."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=150,
        help_text=_("How the pages call you."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=_languages)
    chosen_time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    class Meta:
        model = User
        fields = ["name", "language", "chosen_time_zone"]

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        """`language` is the one the page is in."""
        super().__init__(*args, **kwargs)
        user: User = self.instance
        self.initial["name"] = user.get_full_name()
        self.initial["language"] = user.language or language
        by_browser = str(_("As the browser says"))
        if user.time_zone:
            by_browser = _("As the browser says (%(zone)s)") % {"zone": user.time_zone}
        zone: Any = self.fields["chosen_time_zone"]
        zone.choices = [("", by_browser), *_zones()]

    def save(self, commit: bool = True) -> Any:
        """Only what the form asks: others may change the rest of the row meanwhile."""
        self.instance.first_name, self.instance.last_name = self.cleaned_data["name"], ""
        fields = ["first_name", "last_name", "language", "chosen_time_zone"]
        self.instance.save(update_fields=fields)
        return self.instance

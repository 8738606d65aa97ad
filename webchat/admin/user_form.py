"""The form of a person, in the panel."""

from typing import Any

from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from webchat.accounts.addresses import is_taken
from webchat.accounts.administrators import LOOKS_AFTER, is_needed
from webchat.models import User


class UserForm(UserChangeForm):  # type: ignore[type-arg]  # not subscriptable
    """Django's own; it takes the last administrator away from nobody."""

    instance: User

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email and is_taken(email, self.instance):
            raise ValidationError(_("Somebody else has this address."))
        return email.lower()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        taken_away = [name for name in LOOKS_AFTER if data.get(name) is False]
        if taken_away and is_needed([self.instance]):
            for name in taken_away:
                self.add_error(name, _("Nobody else could look after this site."))
        return data

"""The last question before an account is deleted."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from webchat.models import User


class LeaveForm(forms.Form):
    """The password; whoever has none types the name instead."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user.has_usable_password():
            widget: forms.Widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
            self.fields["password"] = forms.CharField(
                label=_("Password"), strip=False, widget=widget
            )
        else:
            widget = forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"})
            self.fields["username"] = forms.CharField(
                label=_("Username"),
                widget=widget,
                help_text=_("Type it, to show that you mean it."),
            )

    def clean_password(self) -> str:
        """allauth counts wrong ones, as at the sign-in."""
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise ValidationError(_("This is not your password."))
        return password

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if name != self.user.get_username():
            raise ValidationError(_("This is not your name."))
        return name

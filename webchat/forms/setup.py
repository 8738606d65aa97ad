"""The form that creates the administrator."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from webchat.models import User


class AdministratorForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable
    """A username and a password that Django's validators accept."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and not one that many people have."),
    )

    class Meta:
        model = User
        fields = ["username"]
        labels = {"username": _("Username")}
        help_texts = {"username": _("You sign in with it.")}
        widgets = {
            "username": forms.TextInput(
                attrs={
                    "autocomplete": "username",
                    "autocapitalize": "none",
                    "spellcheck": "false",
                    "autofocus": True,
                }
            )
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        password = data.get("password")
        if password:
            try:
                password_validation.validate_password(
                    password, User(username=data.get("username", ""))
                )
            except ValidationError as error:
                self.add_error("password", error)
        return data

    def create(self) -> User:
        """The superuser; call it on a valid form only."""
        return User.objects.create_superuser(
            username=self.cleaned_data["username"], password=self.cleaned_data["password"]
        )

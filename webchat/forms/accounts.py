"""The forms around an account."""

from typing import Any

from allauth.account import forms as allauth
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django.utils.translation import gettext_lazy as _

FIRST = {"autofocus": True}
NAME = {"autocapitalize": "none", "spellcheck": "false"}


HINTS = {"password1": _("At least 8 characters, and not one that many people have.")}
LABELS = {"email": _("E-mail address")}


class Labelled:
    """allauth's forms without the grey words inside the fields: the labels say the same, and stay.

    Its link to a new password goes too, since the page knows whether there is mail.
    """

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = HINTS.get(name, "")
            field.label = LABELS.get(name, field.label)


class SignInForm(Labelled, allauth.LoginForm):  # type: ignore[misc]  # it has no types
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= NAME | FIRST


class SignUpForm(Labelled, allauth.SignupForm):  # type: ignore[misc]
    """A name, twice a password, and an address where there is mail."""

    field_order = ["username", "email", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= NAME | FIRST
        self.fields["username"].help_text = _("You sign in with it.")


class NewcomerForm(Labelled, SocialSignupForm):  # type: ignore[misc]
    """What an identity provider did not tell."""


class ChangePasswordForm(Labelled, allauth.ChangePasswordForm):  # type: ignore[misc]
    """The old password and twice the new one."""


class SetPasswordForm(Labelled, allauth.SetPasswordForm):  # type: ignore[misc]
    """Twice a password, for whoever had none."""


class NewPasswordForm(Labelled, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """Twice a new password, behind the link that allows it."""


class AskForLinkForm(Labelled, allauth.ResetPasswordForm):  # type: ignore[misc]
    """The address that the link for a new password goes to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs |= FIRST


class NewAddressForm(Labelled, allauth.AddEmailForm):  # type: ignore[misc]
    """Another address for mail."""


class ConfirmForm(Labelled, allauth.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs |= FIRST

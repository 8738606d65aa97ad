"""The forms around an account."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm


class Labelled:
    """allauth's forms without the grey words inside the fields: the labels say the same, and stay."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignInForm(Labelled, LoginForm):  # type: ignore[misc]  # it has no types
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {
            "autocapitalize": "none",
            "autofocus": True,
            "spellcheck": "false",
        }


class NewPasswordForm(Labelled, ChangePasswordForm):  # type: ignore[misc]
    """The old password and twice the new one."""


class ConfirmForm(Labelled, ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""

"""The form of the sign-in page."""

from typing import Any

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):  # type: ignore[misc]  # it has no types
    """allauth's, without the grey words inside the fields: the labels say the same, and stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs |= {
            "autocapitalize": "none",
            "autofocus": True,
            "spellcheck": "false",
        }

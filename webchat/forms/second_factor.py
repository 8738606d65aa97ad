"""The forms of authenticator apps, passkeys and recovery codes."""

from typing import Any

from allauth.mfa.base import forms as codes
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as passkeys
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from webchat.forms.accounts import FIRST, Labelled

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}

NAME_LENGTH = 60  # characters; a line of the list


class WithCode(Labelled):
    """A code from an app; phones offer its digits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= CODE | FIRST
        self.fields["code"].label = _("Code")


class CodeForm(WithCode, codes.AuthenticateForm):  # type: ignore[misc]  # it has no types
    """The second factor at sign-in."""


class CodeAgainForm(WithCode, codes.ReauthenticateForm):  # type: ignore[misc]
    """The second factor before something delicate."""


class NewAppForm(WithCode, ActivateTOTPForm):  # type: ignore[misc]
    """A first code of an app, as proof that it knows the secret."""


class WithName(Labelled):
    """What people call a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].validators.append(MaxLengthValidator(NAME_LENGTH))
        self.fields["name"].widget.attrs |= FIRST | {"maxlength": NAME_LENGTH}
        self.fields["name"].label = _("Name")


class NewPasskeyForm(WithName, passkeys.AddWebAuthnForm):  # type: ignore[misc]
    """A name, and what the device answered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)


class PasskeyNameForm(WithName, passkeys.EditWebAuthnForm):  # type: ignore[misc]
    """Another name."""


class WithPasskey:
    """allauth calls a passkey that does not fit an incorrect code."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except ValidationError as error:
            if error.code != "incorrect_code":
                raise
            unknown = _("This passkey is not known here, or no longer.")
            raise ValidationError(unknown, code=error.code) from error


class PasskeySignInForm(WithPasskey, passkeys.LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey in place of name and password."""


class PasskeyForm(WithPasskey, passkeys.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second factor."""


class PasskeyAgainForm(WithPasskey, passkeys.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey before something delicate."""

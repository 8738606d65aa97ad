"""What django-allauth is told, as far as the environment does not change it."""

from typing import Any

_ACCOUNTS = "webchat.forms.accounts."
_SECOND_FACTOR = "webchat.forms.second_factor."

ACCOUNT_ADAPTER = "webchat.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": _ACCOUNTS + "SignInForm",
    "signup": _ACCOUNTS + "SignUpForm",
    "change_password": _ACCOUNTS + "ChangePasswordForm",
    "set_password": _ACCOUNTS + "SetPasswordForm",
    "reset_password": _ACCOUNTS + "AskForLinkForm",
    "reset_password_from_key": _ACCOUNTS + "NewPasswordForm",
    "add_email": _ACCOUNTS + "NewAddressForm",
    "reauthenticate": _ACCOUNTS + "ConfirmForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_CHANGE_EMAIL = True  # one address each; a new one counts when it is confirmed
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    # A form for new accounts must say which names are taken, so it may not be asked for ever.
    "signup": "10/m/ip,100/d/ip",
    "reset_password": "10/m/ip,3/h/key",
}
PASSWORD_RESET_TIMEOUT = 24 * 3600

MFA_ADAPTER = "webchat.accounts.second_factor.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": _SECOND_FACTOR + "CodeForm",
    "reauthenticate": _SECOND_FACTOR + "CodeAgainForm",
    "activate_totp": _SECOND_FACTOR + "NewAppForm",
    "add_webauthn": _SECOND_FACTOR + "NewPasskeyForm",
    "edit_webauthn": _SECOND_FACTOR + "PasskeyNameForm",
    "login_webauthn": _SECOND_FACTOR + "PasskeySignInForm",
    "authenticate_webauthn": _SECOND_FACTOR + "PasskeyForm",
    "reauthenticate_webauthn": _SECOND_FACTOR + "PasskeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # without mail nobody could confirm an address
MFA_TOTP_TOLERANCE = 1  # clocks of phones are not all right to the second

SOCIALACCOUNT_ADAPTER = "webchat.accounts.social.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": _ACCOUNTS + "NewcomerForm"}
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True


def providers(issuer: str, name: str, client_id: str, secret: str, scopes: str) -> dict[str, Any]:
    """The identity provider, as SOCIALACCOUNT_PROVIDERS wants it."""
    app = {
        "provider_id": "oidc",
        "name": name,
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": issuer, "scope": scopes.split()},
    }
    ours = "webchat.accounts.identity_provider.IdentityProvider"
    return {"openid_connect": {"provider_class": ours, "APPS": [app]}}

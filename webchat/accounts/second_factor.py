"""Authenticator apps, passkeys and recovery codes."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext

from webchat.audit import record
from webchat.installation import installation
from webchat.models import AuditRecord, User
from webchat.models.secret import seal, unseal

PLACE = "second factor"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What is asked for after the password. Recovery codes stand in for one of them."""

HAS_SECOND_FACTOR = Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # it has no types
    """Seals what must stay secret, and says the site's name to apps and devices."""

    def encrypt(self, text: str) -> str:
        return seal(text, PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        """Without its key a secret becomes one that nobody knows: no code fits it."""
        return unseal(encrypted_text, PLACE) or _unknown()

    def generate_authenticator_name(self, user: User, type: str) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def _get_site_name(self) -> str:
        return installation().name


def _unknown() -> str:
    """Chance that serves as an app's secret (base 32) and as a seed of codes (any ASCII)."""
    unknown: str = generate_totp_secret()
    return unknown


def has_second_factor(user: User) -> bool:
    """Whether signing in as this person takes more than a password."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def reset_second_factor(user: User, request: HttpRequest | None = None) -> bool:
    """Take all of them away from somebody who lost them; whether there were any."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if removed:
        record(
            AuditRecord.Action.ACCOUNT_CHANGED,
            subject=user,
            request=request,
            change="second factor reset",
        )
    return bool(removed)

"""People."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Somebody who may sign in; staff also look after others.

    Whoever waits for approval is not active either. `time_zone` is what the browser told last,
    `chosen_time_zone` what the person wants whatever the browser says.
    """

    language = models.CharField(_("language"), max_length=12, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    chosen_time_zone = models.CharField(_("chosen time zone"), max_length=64, blank=True)
    awaits_approval = models.BooleanField(_("waits for approval"), default=False)
    active_at = models.DateTimeField(_("last activity"), null=True, blank=True)
    session_seed = models.CharField(max_length=22, blank=True, editable=False)

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"
        indexes = [
            models.Index(
                fields=["awaits_approval"],
                condition=models.Q(awaits_approval=True),
                name="waiting_people",
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()

    @property
    def zone_name(self) -> str:
        """The time zone to show dates in; empty when none is known."""
        return self.chosen_time_zone or self.time_zone

    @property
    def zone(self) -> ZoneInfo:
        """The same, or else the installation's."""
        return ZoneInfo(self.zone_name or settings.TIME_ZONE)

    def reseed_sessions(self) -> None:
        """Make every session of this person worthless, known or not; save the row afterwards."""
        self.session_seed = get_random_string(22)

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Django's own binds a session to the password; ours to the seed as well."""
        of_password: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        if not self.session_seed:
            return of_password
        value = of_password + self.session_seed
        salt = "webchat.models.user.session"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

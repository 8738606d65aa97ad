"""How the site introduces itself and what it tells everybody."""

import hashlib

from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

NOTICE_LENGTH = 600  # four lines of a phone; what is longer belongs on a page behind a link


class Installation(models.Model):
    """The one row that administrators fill in; what it leaves empty comes from the settings.

    `logo` is a PNG of at most 256 pixels a side. It lies in the row, not in a file, because all
    machines of an installation share the database.
    """

    class Level(models.TextChoices):
        INFORMATION = "information", _("information")
        WARNING = "warning", _("warning")

    name = models.CharField(
        _("name"),
        max_length=40,
        blank=True,
        help_text=_("Stands in the sidebar and in the titles of pages. Empty: SITE_NAME."),
    )
    logo = models.BinaryField(_("logo"), blank=True, default=bytes)
    terms_url = models.CharField(
        _("terms"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("The address of your terms of use; a link to it stands on every page."),
    )
    notice = models.TextField(
        _("notice for everybody"),
        max_length=NOTICE_LENGTH,
        blank=True,
        help_text=_("Stands above every page. Markdown, so addresses become links."),
    )
    notice_level = models.CharField(
        _("kind of notice"), max_length=16, choices=Level, default=Level.INFORMATION
    )
    notice_until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Empty: until somebody removes it.")
    )

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("site")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_installation"),
        ]

    def __str__(self) -> str:
        return str(_("Name, logo and notice"))

    @property
    def logo_digest(self) -> str:
        """Names this very picture, so that browsers may keep it for ever; empty without one."""
        return hashlib.sha256(self.logo).hexdigest()[:16] if self.logo else ""

    notice_html = ""
    """The notice as `webchat.installation` rendered it."""

    @property
    def notice_digest(self) -> str:
        """Names this very notice, so that closing it does not close the next."""
        return hashlib.sha256(self.notice.encode()).hexdigest()[:16]

    @property
    def notice_now(self) -> str:
        """The notice while it holds, else nothing."""
        over = self.notice_until is not None and self.notice_until <= timezone.now()
        return "" if over else self.notice

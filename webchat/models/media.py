"""Files: uploaded by people or made by models. The bytes stay outside the row."""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webchat.models.ids import uuid7

if TYPE_CHECKING:
    from webchat.models.user import User


class MediaQuerySet(models.QuerySet["Media"]):
    def for_user(self, user: "User") -> Self:
        return self.filter(owner=user)


def storage_name(media: "Media", filename: str) -> str:
    """Where the bytes lie: by the row's own id. What a file was called is display text only."""
    digits = media.id.hex
    return str(PurePosixPath("media", digits[-2:], digits))


class Media(models.Model):
    """A picture that belongs to somebody. `width` and `height` are in pixels, `size` in bytes."""

    class Origin(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        GENERATED = "generated", _("generated")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="media")
    origin = models.CharField(_("origin"), max_length=16, choices=Origin)
    file = models.FileField(_("file"), upload_to=storage_name, max_length=200)
    name = models.CharField(_("name"), max_length=200, blank=True)
    alt = models.CharField(_("description"), max_length=1000, blank=True)
    content_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    objects = MediaQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.name or str(self.id)

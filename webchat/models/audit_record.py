"""Who did what: rows that are added and never changed."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AppendOnly(Exception):
    """Somebody wanted to change what was recorded."""


class AuditRecordQuerySet(models.QuerySet["AuditRecord"]):
    def update(self, **kwargs: Any) -> int:
        raise AppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly


class AuditRecord(models.Model):
    """One thing that happened. Names are kept beside the keys, for what is deleted later.

    `details` holds what the action needs to be understood (a former and a new value, a count),
    never a text of a conversation and never a secret.
    """

    class Action(models.TextChoices):
        SIGNED_IN = "signed_in", _("signed in")
        SIGNED_OUT = "signed_out", _("signed out")
        SIGN_IN_FAILED = "sign_in_failed", _("sign-in failed")
        SIGNED_UP = "signed_up", _("signed up")
        SESSIONS_ENDED = "sessions_ended", _("sessions ended")
        ACCOUNT_CHANGED = "account_changed", _("account changed")
        ROLE_CHANGED = "role_changed", _("role changed")
        ENDPOINT_CHANGED = "endpoint_changed", _("endpoint changed")
        LIMITS_CHANGED = "limits_changed", _("limits changed")
        SITE_CHANGED = "site_changed", _("site changed")
        CONVERSATION_OPENED = "conversation_opened", _("conversation of somebody else opened")
        EXPORTED = "exported", _("exported")
        IMPORTED = "imported", _("imported")
        ARCHIVED = "archived", _("archived")
        DELETED = "deleted", _("deleted")
        PRUNED = "pruned", _("pruned")
        BACKED_UP = "backed_up", _("backed up")
        RESTORED = "restored", _("restored")

    at = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("who"),
    )
    actor_name = models.CharField(_("name"), max_length=150, blank=True)
    action = models.CharField(_("action"), max_length=32, choices=Action)
    subject_type = models.CharField(_("kind of subject"), max_length=40, blank=True)
    subject_id = models.CharField(_("subject"), max_length=64, blank=True)
    subject_name = models.CharField(_("name of the subject"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)

    objects = AuditRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("audit record")
        verbose_name_plural = _("audit records")
        indexes = [models.Index(fields=["-at", "-id"], name="audit_time")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name} {self.action} {self.subject_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Records go by age only, all at once (`manage.py prune`)."""
        raise AppendOnly

"""What became of every answer: the figures of limits, endpoints and insight."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webchat.models.endpoint import Endpoint
from webchat.models.message import Message


class Outcome(models.Model):
    """One row for each answer that ended. It holds no text, and stays when its conversation goes.

    Otherwise deleting a conversation would give its tokens back. `first_seconds` is the time until
    the provider's first value, `total_seconds` until its last. Where the provider told no usage,
    the tokens are estimated from the lengths of the texts, and `estimated` says so.
    """

    message_id = models.UUIDField(_("message"), unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="outcomes"
    )
    endpoint = models.ForeignKey(Endpoint, models.SET_NULL, null=True, related_name="outcomes")
    provider = models.CharField(_("provider"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=Message.Status)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    prompt_tokens = models.PositiveIntegerField(_("tokens of the prompt"), default=0)
    completion_tokens = models.PositiveIntegerField(_("tokens of the answer"), default=0)
    estimated = models.BooleanField(_("estimated"), default=False)
    first_seconds = models.FloatField(_("seconds to the first token"), null=True)
    total_seconds = models.FloatField(_("seconds in all"), null=True)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), default=timezone.now)

    class Meta:
        ordering = ["-ended_at"]
        verbose_name = _("outcome")
        verbose_name_plural = _("insight")  # what the administration makes of them
        indexes = [
            models.Index(fields=["ended_at"], name="outcome_time"),
            models.Index(fields=["owner", "started_at"], name="outcome_owner"),
            models.Index(fields=["endpoint", "ended_at"], name="outcome_endpoint"),
            models.Index(fields=["endpoint", "status", "ended_at"], name="outcome_health"),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.message_id}"

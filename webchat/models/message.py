"""Messages: one row each, a tree by `parent`."""

import uuid
from typing import TYPE_CHECKING, Self, TypeAlias

from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from webchat.models import status
from webchat.models.conversation import Conversation
from webchat.models.ids import uuid7
from webchat.models.media import Media

if TYPE_CHECKING:
    from webchat.models.rating import Rating
    from webchat.models.user import User


class MessageQuerySet(models.QuerySet["Message"]):
    def for_user(self, user: "User") -> Self:
        return self.filter(conversation__owner=user)


class Message(models.Model):
    """What a person or a model said.

    `html` is `text` as `renderer_version` rendered it; for a person's message it stays empty.
    `timings` holds seconds: `first` (until the first value) and `total`. `error` holds `code`,
    `message` and `can_retry` of a ProviderError.
    """

    class Role(models.TextChoices):
        USER = "user", _("user")
        ASSISTANT = "assistant", _("assistant")
        SYSTEM = "system", _("system")

    Status: TypeAlias = status.Status

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    parent_id: uuid.UUID | None
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    role = models.CharField(_("role"), max_length=16, choices=Role)
    text = models.TextField(_("text"), blank=True)
    reasoning = models.TextField(_("reasoning"), blank=True)
    reasoning_seconds = models.FloatField(_("seconds of reasoning"), null=True, blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True)
    media = models.ManyToManyField(Media, related_name="messages", blank=True)
    html = models.TextField(_("HTML"), blank=True)
    renderer_version = models.PositiveIntegerField(_("renderer version"), default=0)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.COMPLETE)
    finish_reason = models.CharField(_("finish reason"), max_length=40, blank=True)
    provider = models.CharField(_("provider"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=200, blank=True)
    usage = models.JSONField(_("usage"), default=dict, blank=True)
    timings = models.JSONField(_("timings"), default=dict, blank=True)
    error = models.JSONField(_("error"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["status"], condition=models.Q(status="streaming"), name="streaming"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.id}"

    @property
    def is_streaming(self) -> bool:
        return self.status == self.Status.STREAMING

    @property
    def own_rating(self) -> "Rating | None":
        """What its reader thinks of it, where that was loaded along (`select_related`)."""
        found: Rating | None = self._state.fields_cache.get("rating")
        return found

    @cached_property
    def images(self) -> list[Media]:
        """The pictures of this message, in the order they came."""
        return list(self.media.all())

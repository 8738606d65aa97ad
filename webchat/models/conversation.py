"""Conversations: whose they are and what goes on in them."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webchat.models.endpoint import Endpoint
from webchat.models.ids import uuid7
from webchat.models.status import Status

if TYPE_CHECKING:
    from webchat.models.user import User

TITLE_LENGTH = 120  # a line and a half of the sidebar; longer titles are cut where they are made


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def for_user(self, user: "User") -> Self:
        return self.filter(owner=user)


class Conversation(models.Model):
    """A tree of messages and what is asked of the model in it.

    `state` is the status of the newest answer; `has_errors` says that an answer failed, `has_images`
    that there is or was a picture. They repeat what messages say, for lists over all conversations.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations"
    )
    title = models.CharField(_("title"), max_length=TITLE_LENGTH, blank=True)
    message_count = models.PositiveIntegerField(_("messages"), default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    active_at = models.DateTimeField(_("last activity"), default=timezone.now)
    endpoint = models.ForeignKey(Endpoint, models.SET_NULL, null=True, blank=True, related_name="+")
    model = models.CharField(_("model"), max_length=200, blank=True)
    system_prompt = models.TextField(_("system prompt"), blank=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    pinned = models.BooleanField(_("pinned"), default=False)
    archived = models.BooleanField(_("archived"), default=False)
    temporary = models.BooleanField(_("temporary"), default=False)
    state = models.CharField(_("state"), max_length=16, choices=Status, default=Status.COMPLETE)
    has_errors = models.BooleanField(_("has errors"), default=False)
    has_images = models.BooleanField(_("has pictures"), default=False)
    active_leaf_id: uuid.UUID | None
    active_leaf = models.ForeignKey(
        "webchat.Message", models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-active_at", "-id"]
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            models.Index(fields=["owner", "-active_at", "-id"], name="sidebar"),
            models.Index(fields=["-active_at", "-id"], name="conversation_recent"),
        ]

    def __str__(self) -> str:
        """For logs and audit records, which hold nothing of what was written; so not the title."""
        return str(self.id)

    @property
    def name(self) -> str:
        """What it is called; a file that was imported may have had no title for it."""
        return self.title or str(_("untitled"))

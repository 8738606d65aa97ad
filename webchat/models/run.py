"""Runs: which process makes which answer, and who asked for it."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webchat.models.endpoint import Endpoint
from webchat.models.ids import uuid7
from webchat.models.message import Message

if TYPE_CHECKING:
    from webchat.models.user import User


class RunQuerySet(models.QuerySet["Run"]):
    def for_user(self, user: "User") -> Self:
        return self.filter(owner=user)


class Run(models.Model):
    """One answer in the making. Its state is its message's status; this row is who works on it.

    `client_id` is made by the browser: a repeated command finds the run that exists. Without a
    `turn_at` it waits for its turn.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="runs")
    client_id = models.UUIDField(_("client id"))
    message_id: uuid.UUID
    message = models.OneToOneField(Message, models.CASCADE, related_name="run")
    node = models.CharField(_("node"), max_length=64)
    heartbeat_at = models.DateTimeField(_("heartbeat"), default=timezone.now)
    stop_requested_at = models.DateTimeField(_("stop requested at"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    endpoint = models.ForeignKey(
        Endpoint, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    turn_at = models.DateTimeField(_("turn at"), null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(fields=["owner", "client_id"], name="one_run_a_command")
        ]

    def __str__(self) -> str:
        return str(self.id)

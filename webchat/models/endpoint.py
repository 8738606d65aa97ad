"""Configured providers."""

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from webchat.models.secret import SecretField

if TYPE_CHECKING:
    from webchat.models.user import User


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def for_user(self, user: "User") -> Self:
        """The enabled endpoints this person may use."""
        allowed = models.Q(everyone=True) | models.Q(groups__user=user)
        return self.filter(allowed, enabled=True).distinct()


class Endpoint(models.Model):
    """A provider as this installation uses it: where it is, with which key, for whom."""

    class Origin(models.TextChoices):
        BUILT_IN = "built_in", _("built in")
        ENVIRONMENT = "environment", _("from the environment")
        LOCAL = "local", _("found on this computer")
        ADMIN = "admin", _("added by an administrator")

    label = models.CharField(_("label"), max_length=80)
    provider = models.CharField(_("provider"), max_length=80)
    origin = models.CharField(_("origin"), max_length=16, choices=Origin, default=Origin.ADMIN)
    base_url = models.CharField(_("base address"), max_length=500, blank=True)
    api_key = SecretField(_("key"), blank=True, default="")
    proxy = SecretField(_("proxy"), blank=True, default="")
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    model_names = models.JSONField(_("models"), default=list, blank=True)
    models_checked_at = models.DateTimeField(_("models checked at"), null=True, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    everyone = models.BooleanField(_("for everyone"), default=True)
    groups = models.ManyToManyField(Group, verbose_name=_("groups"), blank=True)
    runs_at_once = models.PositiveIntegerField(
        _("answers at once"),
        default=0,
        help_text=_("More wait for their turn. 0 means any number."),
    )
    position = models.PositiveIntegerField(_("position"), default=100)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "origin", "base_url"],
                condition=~models.Q(origin="admin"),
                name="one_automatic_endpoint",
            )
        ]

    def __str__(self) -> str:
        return self.label

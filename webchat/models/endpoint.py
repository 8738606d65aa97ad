"""Configured providers."""

from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from providers.registry import providers
from webchat.models.checks import (
    check_base_url,
    check_headers,
    check_key,
    check_options,
    check_proxy_address,
)
from webchat.models.secret import SecretField, SecretJSONField

if TYPE_CHECKING:
    from webchat.models.user import User


DAY = 24 * 3600
SECONDS = [MinValueValidator(1), MaxValueValidator(DAY)]
PORTS = {"http": 80, "https": 443}


def destination(endpoint: "Endpoint") -> str:
    """The server that sees what an endpoint sends: what its key and its headers are bound to."""
    if not endpoint.base_url:
        return endpoint.provider
    try:
        parts = urlsplit(endpoint.base_url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or PORTS.get(parts.scheme, '')}"
    except ValueError:
        return endpoint.base_url


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def for_user(self, user: "User") -> Self:
        """The enabled endpoints this person may use."""
        allowed = models.Q(everyone=True) | models.Q(groups__user=user)
        return self.filter(allowed, enabled=True).distinct()


class Endpoint(models.Model):
    """A provider as this installation uses it: where it is, with which key, for whom."""

    class Origin(TextChoices):
        BUILT_IN = "built_in", _("built in")
        ENVIRONMENT = "environment", _("from the environment")
        LOCAL = "local", _("found on this computer")
        ADMIN = "admin", _("added by an administrator")

    label = models.CharField(_("label"), max_length=80)
    provider = models.CharField(_("provider"), max_length=80)
    origin = models.CharField(_("origin"), max_length=16, choices=Origin, default=Origin.ADMIN)
    base_url = models.CharField(
        _("base address"), max_length=500, blank=True, validators=[check_base_url]
    )
    api_key = SecretField(
        _("key"), blank=True, default="", validators=[check_key], bound_to=destination
    )
    proxy = SecretField(_("proxy"), blank=True, default="", validators=[check_proxy_address])
    headers = SecretJSONField(
        _("headers"), blank=True, default=dict, validators=[check_headers], bound_to=destination
    )
    options = models.JSONField(_("options"), default=dict, blank=True, validators=[check_options])
    silence_seconds = models.PositiveIntegerField(
        _("longest silence"),
        null=True,
        blank=True,
        validators=SECONDS,
        help_text=_("Seconds without a sign after which an answer is given up; empty: RUN_IDLE."),
    )
    total_seconds = models.PositiveIntegerField(
        _("longest answer"),
        null=True,
        blank=True,
        validators=SECONDS,
        help_text=_("Seconds after which an answer is ended in any case; empty: RUN_DEADLINE."),
    )
    models_checked_at = models.DateTimeField(_("models checked at"), null=True, blank=True)
    offers_new_models = models.BooleanField(
        _("offer new models"),
        default=True,
        help_text=_("Whether a model that the endpoint lists for the first time is switched on."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    everyone = models.BooleanField(_("for everyone"), default=True)
    groups = models.ManyToManyField(Group, verbose_name=_("groups"), blank=True)
    runs_at_once = models.PositiveIntegerField(
        _("answers at once"),
        default=0,
        help_text=_("More wait for their turn. 0 means any number."),
    )
    position = models.PositiveIntegerField(
        _("position"), default=100, help_text=_("Lower numbers come first.")
    )
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

    @property
    def is_automatic(self) -> bool:
        """Whether every start of the server puts it there again."""
        return self.origin in (self.Origin.BUILT_IN, self.Origin.ENVIRONMENT)

    def clean(self) -> None:
        provider = providers().get(self.provider)
        if provider is not None and provider.needs_base_url and not self.base_url:
            raise ValidationError({"base_url": _("This provider needs an address.")})
        if self.api_key and any(name.lower() == "authorization" for name in self.headers):
            raise ValidationError(
                {"headers": _("The key is sent as “Authorization” already: leave one of them out.")}
            )

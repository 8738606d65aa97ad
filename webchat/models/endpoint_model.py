"""The models of an endpoint, and which of them are offered."""

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from webchat.models.endpoint import Endpoint


class EndpointModelQuerySet(models.QuerySet["EndpointModel"]):
    def offered(self) -> "EndpointModelQuerySet":
        """Those that can be chosen: switched on, and still there as far as is known."""
        return self.filter(enabled=True, gone_since=None)


class EndpointModel(models.Model):
    """One model that an endpoint lists, or that an administrator knows of.

    `gone_since` is when the endpoint stopped listing it. Such a model is not offered, but its row
    waits, so that label and switch are still there when it comes back. One added by hand never goes.
    """

    endpoint = models.ForeignKey(
        Endpoint, models.CASCADE, related_name="models", verbose_name=_("endpoint")
    )
    name = models.CharField(
        _("name"), max_length=200, help_text=_("What the endpoint calls it, letter for letter.")
    )
    label = models.CharField(
        _("label"),
        max_length=120,
        blank=True,
        help_text=_("What people read when they choose; without one, the name."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("The model that is chosen until somebody chooses.")
    )
    by_hand = models.BooleanField(_("added by hand"), default=False, editable=False)
    position = models.PositiveIntegerField(_("position"), default=0, editable=False)
    gone_since = models.DateTimeField(_("no longer listed since"), null=True, editable=False)

    objects = EndpointModelQuerySet.as_manager()

    class Meta:
        ordering = ["endpoint", "position", "id"]
        verbose_name = _("model")
        verbose_name_plural = _("models")
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "name"],
                name="one_row_a_model",
                violation_error_message=_("This endpoint has a model of this name already."),
            ),
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=models.Q(is_default=True),
                name="one_default_model",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.label or self.name

    def make_default(self) -> None:
        """Let this be the endpoint's default in place of the one that was."""
        with transaction.atomic():
            siblings = EndpointModel.objects.filter(endpoint=self.endpoint_id, is_default=True)
            siblings.exclude(pk=self.pk).update(is_default=False)
            self.is_default = True
            self.save()

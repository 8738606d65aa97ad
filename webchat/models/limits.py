"""How much the people of a group may ask for."""

from django.contrib.auth.models import Group
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

AT_LEAST_ONE = [MinValueValidator(1)]


class Limits(models.Model):
    """The limits of a group, or of everybody whose groups have none; null is no limit of that kind.

    Where answers at once and the size of uploads are null, the settings say what holds.
    """

    group = models.OneToOneField(
        Group,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="limits",
        verbose_name=_("group"),
        help_text=_("Empty: everybody who is in no group with limits of its own."),
    )
    messages_a_minute = models.PositiveIntegerField(
        _("messages a minute"),
        null=True,
        blank=True,
        validators=AT_LEAST_ONE,
        help_text=_("Asking for another answer counts too. Empty: any number."),
    )
    answers_at_once = models.PositiveIntegerField(
        _("answers at once"),
        null=True,
        blank=True,
        validators=AT_LEAST_ONE,
        help_text=_("More wait for their turn. Empty: as many as RUNS_PER_USER says."),
    )
    tokens_a_day = models.PositiveBigIntegerField(
        _("tokens a day"),
        null=True,
        blank=True,
        validators=AT_LEAST_ONE,
        help_text=_(
            "Those of questions and answers, over the last 24 hours at every moment. "
            "Empty: any number."
        ),
    )
    upload_bytes = models.PositiveBigIntegerField(
        _("size of an upload"), null=True, blank=True, validators=AT_LEAST_ONE
    )

    class Meta:
        ordering = ["group__name"]
        verbose_name = _("limits")
        verbose_name_plural = _("limits")
        constraints = [
            models.UniqueConstraint(
                Coalesce("group", models.Value(0)),
                name="one_limits_a_group",
                violation_error_message=_("There are limits for these people already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.group or _("everybody else"))

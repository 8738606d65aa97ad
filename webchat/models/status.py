"""How far an answer has come: the only state machine there is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """`streaming` becomes one of the others, once."""

    STREAMING = "streaming", _("streaming")
    COMPLETE = "complete", _("complete")
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("failed")
    INTERRUPTED = "interrupted", _("interrupted")

"""What people think of answers."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webchat.models.message import Message

if TYPE_CHECKING:
    from webchat.models.user import User

COMMENT_LENGTH = 1000  # a paragraph or two; administrators read them in a list


class RatingQuerySet(models.QuerySet["Rating"]):
    def for_user(self, user: "User") -> Self:
        return self.filter(owner=user)


class Rating(models.Model):
    """A thumb for an answer, with a reason where the person gave one. It goes with the answer."""

    class Thumb(models.TextChoices):
        UP = "up", _("good")
        DOWN = "down", _("bad")

    class Reason(models.TextChoices):
        CORRECT = "correct", _("Correct")
        HELPFUL = "helpful", _("Helpful")
        CLEAR = "clear", _("Clearly written")
        WRONG = "wrong", _("Not correct")
        BESIDE = "beside", _("Beside the question")
        INCOMPLETE = "incomplete", _("Incomplete")
        UNCLEAR = "unclear", _("Badly written")
        HARMFUL = "harmful", _("Harmful or offensive")

    message = models.OneToOneField(Message, models.CASCADE, related_name="rating")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ratings")
    thumb = models.CharField(_("thumb"), max_length=8, choices=Thumb)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    comment = models.CharField(_("comment"), max_length=COMMENT_LENGTH, blank=True)
    rated_at = models.DateTimeField(_("rated at"), default=timezone.now)

    objects = RatingQuerySet.as_manager()

    class Meta:
        ordering = ["-rated_at"]
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        indexes = [models.Index(fields=["rated_at"], name="rating_time")]

    def __str__(self) -> str:
        return f"{self.thumb} {self.message_id}"


_UP = (Rating.Reason.CORRECT, Rating.Reason.HELPFUL, Rating.Reason.CLEAR)
REASONS = {
    Rating.Thumb.UP: _UP,
    Rating.Thumb.DOWN: tuple(reason for reason in Rating.Reason if reason not in _UP),
}
"""The reasons that go with each thumb."""

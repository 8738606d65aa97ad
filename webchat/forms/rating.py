"""What a person thinks of an answer."""

from typing import Any

from django import forms
from django.utils import timezone

from webchat.models import REASONS, Message, Rating, User
from webchat.models.rating import COMMENT_LENGTH

WITHDRAWN = "none"


class _Comment(forms.CharField):
    """Browsers count a line's end as one character, and send two."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class RatingForm(forms.Form):
    """A thumb, or its withdrawal, and perhaps why."""

    thumb = forms.ChoiceField(choices=[*Rating.Thumb.choices, (WITHDRAWN, "")])
    reason = forms.ChoiceField(choices=Rating.Reason.choices, required=False)
    comment = _Comment(max_length=COMMENT_LENGTH, required=False)

    def save(self, message: Message, owner: User) -> Rating | None:
        """The rating as it is now; None when it was withdrawn.

        The buttons below an answer send a thumb alone: then the reason stays with its thumb.
        """
        thumb = self.cleaned_data["thumb"]
        if thumb == WITHDRAWN:
            Rating.objects.filter(message=message).delete()
            return None
        former = Rating.objects.filter(message=message).first()
        changes: dict[str, Any] = {"owner": owner, "thumb": thumb, "rated_at": timezone.now()}
        if former is None or former.thumb != thumb or "comment" in self.data:
            changes |= {"reason": self._reason(), "comment": self.cleaned_data["comment"]}
        return Rating.objects.update_or_create(message=message, defaults=changes)[0]

    def _reason(self) -> str:
        """One that goes with the thumb."""
        reason: str = self.cleaned_data["reason"]
        return reason if reason in REASONS[Rating.Thumb(self.cleaned_data["thumb"])] else ""

"""What a message is made of when it comes by form."""

import uuid
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from webchat.generation.wishes import Regenerate, Send

ASPECT_RATIOS = (
    ("", _("Any shape")),
    ("1:1", _("Square")),
    ("3:2", _("Landscape 3:2")),
    ("16:9", _("Wide 16:9")),
    ("2:3", _("Portrait 2:3")),
    ("9:16", _("Tall 9:16")),
)


class ChoiceField(forms.CharField):
    """`<endpoint>:<model>` as the picker writes it; gives the pair, or None when empty."""

    def clean(self, value: Any) -> tuple[int, str] | None:
        text = super().clean(value)
        if not text:
            return None
        endpoint, colon, model = text.partition(":")
        if not colon or not endpoint.isascii() or not endpoint.isdigit():
            raise ValidationError(_("Choose a provider and a model."))
        return int(endpoint[:18]), model


class IdentifiersField(forms.Field):
    """Repeated ids, each a UUID."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> tuple[UUID, ...]:
        try:
            return tuple(UUID(str(item)) for item in value or ())
        except ValueError as error:
            raise ValidationError(
                _("A picture of this message is gone. Attach it again.")
            ) from error


class AnswerForm(forms.Form):
    """What every question needs: who is asked, and a number that makes a repetition harmless."""

    client_id = forms.UUIDField(required=False)
    choice = ChoiceField(required=False, max_length=230)
    aspect_ratio = forms.ChoiceField(required=False, choices=ASPECT_RATIOS)

    def problem(self) -> str:
        """The first thing that is wrong, as a sentence."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")

    def _client_id(self) -> UUID:
        return self.cleaned_data["client_id"] or uuid.uuid4()


class MessageForm(AnswerForm):
    """A new message. Its length and its pictures are judged where the answer begins."""

    conversation = forms.UUIDField(required=False)
    text = forms.CharField(required=False, strip=False)
    suggestion = forms.CharField(required=False)
    # The metaclass takes fields out of the class body, so that Django's own `media` stays.
    media = IdentifiersField(required=False)  # type: ignore[assignment]

    def wish(self, uploaded: tuple[UUID, ...] = ()) -> Send:
        """The wish of a valid form, with the pictures that came along."""
        data = self.cleaned_data
        endpoint, model = data["choice"] or (0, "")
        text = data["text"] if data["text"].strip() else data["suggestion"]
        return Send(
            client_id=self._client_id(),
            conversation=data["conversation"],
            text=text.replace("\r\n", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}"),
            endpoint=endpoint,
            model=model,
            media=data["media"] + uploaded,
            aspect_ratio=data["aspect_ratio"],
        )


class ContinueForm(AnswerForm):
    """The same answer, on from what it says."""

    def wish(self, message: UUID) -> Regenerate:
        return Regenerate(client_id=self._client_id(), message=message, keep=True)


class RegenerateForm(AnswerForm):
    """Another answer; without a choice the conversation's own provider is asked again."""

    def wish(self, message: UUID) -> Regenerate:
        data = self.cleaned_data
        endpoint, model = data["choice"] or (None, None)
        return Regenerate(
            client_id=self._client_id(),
            message=message,
            endpoint=endpoint,
            model=model,
            aspect_ratio=data["aspect_ratio"],
        )

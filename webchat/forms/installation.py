"""The form of the installation's name, logo, terms and notice."""

import io
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image

from webchat.generation.errors import Refused
from webchat.generation.images import FORMATS, examine
from webchat.models import Installation

LOGO_MAX_BYTES = 2_000_000  # of the upload; what is kept is far smaller
LOGO_SIDE = 256  # pixels: four times what the largest place shows


def as_logo(data: bytes) -> bytes:
    """Any picture as a small PNG of our own making. Raises Refused."""
    examine(data)
    try:
        with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
            small = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:  # it only began like a picture
        sentence = gettext("This is not a PNG, JPEG, WebP or GIF picture.")
        raise Refused("not_an_image", sentence) from error
    small.thumbnail((LOGO_SIDE, LOGO_SIDE))
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


class InstallationForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable
    """The stored logo is kept until another one comes, or until it is to be removed."""

    new_logo = forms.FileField(
        required=False,
        label=_("Logo"),
        help_text=_("PNG, JPEG, WebP or GIF, at most 2 MB; a square one looks best."),
    )
    remove_logo = forms.BooleanField(required=False, label=_("Remove the logo"))

    class Meta:
        model = Installation
        fields = ["name", "terms_url", "notice", "notice_level", "notice_until"]

    def clean_new_logo(self) -> bytes | None:
        file = self.cleaned_data["new_logo"]
        if file is None:
            return None
        if file.size > LOGO_MAX_BYTES:
            raise ValidationError(_("This file is larger than 2 MB."))
        try:
            return as_logo(file.read())
        except Refused as refusal:
            raise ValidationError(refusal.message) from refusal

    def save(self, commit: bool = True) -> Any:
        if logo := self.cleaned_data["new_logo"]:
            self.instance.logo = logo
        elif self.cleaned_data["remove_logo"]:
            self.instance.logo = b""
        return super().save(commit)

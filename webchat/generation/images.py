"""Pictures: what comes in is looked at, measured and stored, whoever sent it."""

import hashlib
import io
import logging
import warnings
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from webchat.generation.errors import Refused
from webchat.limits import allowance
from webchat.models import Conversation, Media, Message, User

log = logging.getLogger(__name__)

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
SUFFIXES = {kind: name.lower().replace("jpeg", "jpg") for name, kind in FORMATS.items()}
MAX_PIXELS = 50_000_000  # 50 megapixels decode to 200 MB; cameras in phones stay below


@dataclass(frozen=True)
class Picture:
    """Bytes that are known to be a picture of this type and size."""

    data: bytes
    content_type: str
    width: int
    height: int


def examine(data: bytes) -> Picture:
    """Find out what the bytes are, by their content alone. Raises Refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
                width, height = image.size
                content_type = FORMATS[image.format or ""]
                if width * height <= MAX_PIXELS:
                    image.verify()
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
        KeyError,
    ) as error:
        log.info("not a picture (%d bytes): %s", len(data), type(error).__name__)
        raise Refused("not_an_image", _("This is not a PNG, JPEG, WebP or GIF picture.")) from error
    if width * height > MAX_PIXELS:
        raise Refused("too_large", _("This picture has too many pixels."))
    return Picture(data, content_type, width, height)


def store(
    owner: User, picture: Picture, origin: Media.Origin, *, name: str, alt: str, **columns: Any
) -> Media:
    """Keep a picture: the bytes in a file, the rest in a row."""
    media = Media(
        owner=owner,
        origin=origin,
        name=name[:200],
        alt=alt[:1000],
        content_type=picture.content_type,
        size=len(picture.data),
        sha256=hashlib.sha256(picture.data).hexdigest(),
        width=picture.width,
        height=picture.height,
        **columns,
    )
    media.file.save("", ContentFile(picture.data), save=False)
    media.save(force_insert=True)
    return media


def store_upload(owner: User, uploaded: "UploadedFile[Any]") -> Media:
    """Keep what a person uploaded. Raises Refused."""
    limit = allowance(owner.pk).upload_bytes
    if (uploaded.size or 0) > limit:
        sentence = _("This file is larger than the %(limit)s you may upload.")
        raise Refused("too_large", sentence % {"limit": filesizeformat(limit)})
    picture = examine(uploaded.read())
    return store(owner, picture, Media.Origin.UPLOADED, name=uploaded.name or "", alt="")


def store_generated(owner: int, message: UUID, data: bytes, alt: str) -> Media:
    """Keep what a model made for a message. Raises Refused."""
    picture = examine(data)
    with transaction.atomic():
        # First, because whoever writes to a conversation begins with its row.
        Conversation.objects.filter(messages=message, has_images=False).update(has_images=True)
        media = store(User(pk=owner), picture, Media.Origin.GENERATED, name="", alt=alt)
        media.messages.add(Message.objects.get(pk=message))
    return media

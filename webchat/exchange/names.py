"""Names of files, made of what people called things."""

import re
import unicodedata

from django.utils import timezone

from webchat.models import Conversation

LENGTH = 80  # characters of a title that go into a name; every system takes the rest along
BYTES = 160

# What some system takes for a path, a drive, a stream or a pattern.
_UNWELCOME = re.compile(r'[<>:"/\\|?*%]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe(text: str) -> str:
    """A name any system takes: no path, nothing unseen, nothing that turns the direction around."""
    seen = "".join(
        " "
        if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        else letter
        for letter in unicodedata.normalize("NFC", text)
    )
    name = " ".join(_UNWELCOME.sub(" ", seen).split())[:LENGTH]
    name = name.encode()[:BYTES].decode(errors="ignore").strip(" .")
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def conversation_name(conversation: Conversation) -> str:
    """The day, the title, and as much of the id as tells it from all others; without a suffix."""
    day = f"{timezone.localtime(conversation.active_at):%Y-%m-%d}"
    parts = [day, safe(conversation.title), short_id(conversation)]
    return " ".join(part for part in parts if part)


def short_id(conversation: Conversation) -> str:
    """The last, random digits of the id."""
    return conversation.pk.hex[-12:]

"""A conversation as one HTML file that needs nothing else: the branch its owner sees.

It has no scripts, its policy allows none, and nothing in it asks any server: pictures are in it.
"""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import get_language, get_language_bidi

from webchat.exchange.ends import how_it_ended
from webchat.exchange.stored import Stored, read_file
from webchat.generation.images import FORMATS
from webchat.models import Media

STYLES = ("export.css", "prose.css")


def pieces(stored: Stored) -> Iterator[str]:
    """The document, piece by piece."""
    yield _head(stored)
    shown = {media.pk for media in stored.pictures}
    for message in stored.rendered_branch():
        context = {"message": message, "end": how_it_ended(message)}
        before, after = render_to_string("exchange/message.html", context).split("<!--pictures-->")
        yield before
        for media in message.images:
            if media.pk in shown and media.content_type in FORMATS.values():
                yield from _picture(media)
        yield after
    yield "</main></body></html>\n"


def _head(stored: Stored) -> str:
    css = _css()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    head = format_html(
        '<!doctype html>\n<html lang="{}" dir="{}"><head><meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{}">\n'
        '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
        "\n<title>{}</title>\n<style>",
        get_language() or settings.LANGUAGE_CODE,
        "rtl" if get_language_bidi() else "ltr",
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'none'",
        stored.title,
    )
    context = {"conversation": stored.conversation, "title": stored.title, "stored": stored}
    return f"{head}{css}</style></head>\n{render_to_string('exchange/head.html', context)}"


@cache
def _css() -> str:
    folder = Path(settings.STATICFILES_DIRS[0], "css")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLES)


def _picture(media: Media) -> Iterator[str]:
    yield format_html(
        '<img width="{}" height="{}" alt="{}" src="data:{};base64,',
        media.width,
        media.height,
        media.alt or media.name,
        media.content_type,
    )
    for piece in read_file(media):
        yield base64.b64encode(piece).decode()
    yield '">\n'

"""What nginx shows where it answers in our place: pages like all others, kept as files.

They lie beside the static files. Their language is that of LANGUAGE_CODE, and they are made anew at
each start, since the site's name and path stand in them.
"""

import os
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from webchat.settings.storage import release_folder

STATUSES = (413, 429, 502, 503, 504)


def write_error_pages() -> None:
    folder = release_folder() / "errors"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    with translation.override(settings.LANGUAGE_CODE):
        for status in STATUSES:
            text = render_to_string("errors/proxy.html", {"status": status})
            _write(folder / f"{status}.html", text)


def _write(file: Path, text: str) -> None:
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o644)
    draft.replace(file)

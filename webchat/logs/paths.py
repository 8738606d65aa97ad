"""Paths as the log may have them: whoever reads it must not become administrator by a link."""

import logging
import re

from django.conf import settings

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SECRET_LENGTH = 20  # characters


def without_secrets(path: str) -> str:
    """A path without the tokens of links that open something."""
    if path.startswith(settings.STATIC_URL):
        return path
    return "/".join("…" if _is_secret(part) else part for part in path.split("/"))


def _is_secret(part: str) -> bool:
    """Whether part of a path is long and no name of a thing, so that it must be a token."""
    return len(part) >= SECRET_LENGTH and not UUID.fullmatch(part)


class WithoutSecrets(logging.Filter):
    """Django names the page of an error as it was asked for; its lines go through here."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.") and isinstance(record.args, tuple):
            record.args = tuple(
                without_secrets(value)
                if isinstance(value, str) and value.startswith("/")
                else value
                for value in record.args
            )
        return True

"""The token of the one-time link that creates the administrator.

Only its hash is kept, in the data folder. Whoever renames that file away has taken the token:
a file system does that for exactly one of several processes.
"""

import hashlib
import hmac
import os
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


class TokenRefused(Exception):
    """The token is not the one of the link printed last, or it has been used."""


def _file() -> Path:
    return Path(settings.DATA_DIR) / "setup-token"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A fresh token; one printed earlier is worth nothing from now on."""
    token = secrets.token_urlsafe(24)
    draft = _file().with_name(f"setup-token.{uuid.uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(_hash(token))
    draft.replace(_file())
    return token


def forget_token() -> None:
    _file().unlink(missing_ok=True)


def token_fits(token: str) -> bool:
    try:
        return hmac.compare_digest(_file().read_text(), _hash(token))
    except OSError:
        return False


@contextmanager
def taken(token: str) -> Iterator[None]:
    """Use the token up; where the block fails it may be used again. Raises TokenRefused."""
    if not token_fits(token):
        raise TokenRefused
    claim = _file().with_name(f"setup-token.{uuid.uuid4().hex}")
    try:
        _file().rename(claim)
    except FileNotFoundError:
        raise TokenRefused from None
    try:
        yield
    except BaseException:
        claim.replace(_file())
        raise
    claim.unlink()

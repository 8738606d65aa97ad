"""The link that creates the administrator."""

from django.conf import settings
from django.urls import reverse

from webchat.accounts.administrators import administrator_exists
from webchat.accounts.setup_token import forget_token, new_token


def setup_link() -> str:
    """A fresh link under the first of ORIGINS; empty when an administrator exists."""
    if administrator_exists():
        forget_token()
        return ""
    return str(settings.ORIGINS[0]) + reverse("create_administrator", args=[new_token()])

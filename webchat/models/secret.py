"""A text field that is encrypted at rest."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class SecretField(models.TextField):  # type: ignore[type-arg]  # generic in the stubs only
    """Plain text in Python, a Fernet token in the database (FIELD_KEYS, the first one encrypts).

    A token that no key opens reads as empty: the installation goes on, the secret is "not set".
    """

    def get_prep_value(self, value: Any) -> Any:
        return _keys().encrypt(value.encode()).decode() if value else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        if not value:
            return ""
        try:
            return _keys().decrypt(value.encode()).decode()
        except InvalidToken:
            return ""

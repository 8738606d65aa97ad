"""Columns that are encrypted at rest, each value sealed for the row it stands in."""

import json
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute


class Sealed(str):
    """A Fernet token as it stands in the database; nobody has opened it yet."""

    __slots__ = ()


def keys() -> MultiFernet:
    """The key ring: FIELD_KEYS, of which the first encrypts and all decrypt."""
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def seal(text: str, place: str) -> Sealed:
    """`text` as a token that opens at `place` only."""
    return Sealed(keys().encrypt(f"{place}\0{text}".encode()).decode())


def unseal(token: str, place: str) -> str:
    """What was sealed for `place`; empty where no key opens the token, or it is from elsewhere."""
    try:
        opened = keys().decrypt(token.encode()).decode()
    except InvalidToken:
        return ""
    start = f"{place}\0"
    return opened.removeprefix(start) if opened.startswith(start) else ""


def reseal(token: str) -> Sealed:
    """The same secret under the first of FIELD_KEYS. Raises InvalidToken where no key opens it."""
    return Sealed(keys().rotate(token.encode()).decode())


class _Opened(DeferredAttribute):
    """Opens a token when somebody asks for it: lists of endpoints are read far more often."""

    field: "SecretField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return self.field.open(value, instance) if isinstance(value, Sealed) else value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SecretField(models.TextField):  # type: ignore[type-arg]  # generic in the stubs only
    """Plain text in Python, a token in the database (FIELD_KEYS, the first one encrypts).

    A token opens only in its own column, and only while `bound_to(row)` is what it was when the
    token was made: moved to another row, or with the row led elsewhere, it reads as empty, "not
    set", like one that no key opens. It is written by saving a row; `update()` takes no plain text.
    """

    descriptor_class = _Opened

    def __init__(
        self, *args: Any, bound_to: Callable[[Any], str] | None = None, **kwargs: Any
    ) -> None:
        self.bound_to = bound_to  # no matter of the database, so migrations do not know it
        super().__init__(*args, **kwargs)

    def place(self, row: Any) -> str:
        """Where a token of this row opens."""
        bound = self.bound_to(row) if self.bound_to else ""
        return f"{row._meta.db_table}.{self.name} {bound}"

    def open(self, token: Sealed, row: Any) -> Any:
        return self.from_text(unseal(token, self.place(row)))

    def from_text(self, text: str) -> Any:
        return text

    def to_text(self, value: Any) -> str:
        return str(value)

    def pre_save(self, model_instance: Any, add: bool) -> Sealed | str:
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Sealed) or not value:
            return value or ""
        return seal(self.to_text(value), self.place(model_instance))

    def get_prep_value(self, value: Any) -> str:
        if value and not isinstance(value, Sealed):
            raise TypeError(f"{self.name} is sealed for its row: save the row")
        return str(value) if value else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return Sealed(value) if value else ""

    def value_to_string(self, obj: Any) -> str:
        """Secrets have no place in `dumpdata`."""
        return ""


class SecretJSONField(SecretField):
    """The same for a dictionary; an empty one where nothing is set."""

    def from_text(self, text: str) -> Any:
        return json.loads(text) if text else {}

    def to_text(self, value: Any) -> str:
        return json.dumps(value)

    def to_python(self, value: Any) -> Any:
        return value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return Sealed(value) if value else {}

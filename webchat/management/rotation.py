"""Everything that is encrypted, encrypted anew with the first of FIELD_KEYS."""

from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import transaction

from webchat.models.secret import Sealed, SecretField, reseal

TOKEN = "gAAAA"  # noqa: S105 - what every Fernet token begins with until the year 2106


@dataclass
class Rotation:
    """How many secrets have a new dress, and the places of those that no key opened."""

    resealed: int = 0
    unopened: list[str] = field(default_factory=list)

    def reseal(self, token: str, place: str) -> Sealed | None:
        try:
            fresh = reseal(token)
        except InvalidToken:
            self.unopened.append(place)
            return None
        self.resealed += 1
        return fresh


def rotate() -> Rotation:
    """Row by row, so that it can be broken off at any time: the old key opens what is left."""
    rotation = Rotation()
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, SecretField):
                _rotate_column(rotation, model, column.name)
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        _rotate_second_factor(rotation, pk)
    return rotation


def _rotate_column(rotation: Rotation, model: Any, name: str) -> None:
    rows = model._base_manager.order_by("pk").values_list("pk", name)
    for pk, token in list(rows):
        if not token:
            continue
        fresh = rotation.reseal(token, f"{model._meta.verbose_name} {pk}: {name}")
        if fresh is not None:  # unless somebody has typed another one meanwhile
            model._base_manager.filter(pk=pk, **{name: token}).update(**{name: fresh})


@transaction.atomic
def _rotate_second_factor(rotation: Rotation, pk: int) -> None:
    """Their secrets stand among other things in a dictionary."""
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return
    place = f"second factor {pk}"
    fresh = {name: _rotated(rotation, value, place) for name, value in row.data.items()}
    if fresh != row.data:
        row.data = fresh
        row.save(update_fields=["data"])


def _rotated(rotation: Rotation, value: Any, place: str) -> Any:
    if isinstance(value, list):
        return [_rotated(rotation, one, place) for one in value]
    if not isinstance(value, str) or not value.startswith(TOKEN):
        return value
    return rotation.reseal(value, place) or value

"""Rows as JSON, the same for every database."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.apps.registry import Apps
from django.db.models import Model

from webchat.models.secret import Sealed, SecretField

# Whoever holds an archive must not be signed in by it.
EXCLUDED = {"sessions.Session", "usersessions.UserSession"}
CHUNK = 500  # rows in memory at once; an answer has at most some hundred kB
PLAIN = (str, int, float, bool, type(None), dict, list)

ModelType = type[Model]
AnyField = Any  # Django's fields, whatever they hold


def tables(apps: Apps) -> list[ModelType]:
    """The models with a table of their own, links between models included, in a steady order."""
    found: Iterable[Any] = apps.get_models(include_auto_created=True)
    managed = (model for model in found if model._meta.managed and not model._meta.proxy)
    return sorted((each for each in managed if each._meta.label not in EXCLUDED), key=label)


def label(model: ModelType) -> str:
    return model._meta.label


def read(model: ModelType) -> Iterator[str]:
    """The names of the columns, then every row, each a line of JSON. Secrets stay encrypted."""
    fields = model._meta.concrete_fields
    yield _line([field.attname for field in fields])
    rows = model._base_manager.order_by("pk").values_list(*(field.attname for field in fields))
    for row in rows.iterator(chunk_size=CHUNK):
        yield _line([_encode(field, value) for field, value in zip(fields, row, strict=True)])


def _line(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _encode(field: AnyField, value: Any) -> Any:
    if isinstance(value, PLAIN):
        return value
    instance = field.model()
    setattr(instance, field.attname, value)
    return field.value_to_string(instance)


def write(model: ModelType, lines: Iterable[bytes]) -> int:
    """Put rows that `read` gave into the table; returns how many. Needs a transaction.

    `model` is one of a migration's own (`state.apps`): its fields stop setting times by themselves.
    """
    reader = iter(lines)
    fields = [_as_given(model._meta.get_field(name)) for name in json.loads(next(reader))]
    count = 0
    while batch := [_decode(model, fields, line) for line in islice(reader, CHUNK)]:
        count += len(model._base_manager.bulk_create(batch))
    return count


def _as_given(field: Any) -> AnyField:
    for flag in ("auto_now", "auto_now_add"):
        if hasattr(field, flag):
            setattr(field, flag, False)
    known: AnyField = field
    return known


def _decode(model: ModelType, fields: list[AnyField], line: bytes) -> Model:
    instance = model()
    for field, value in zip(fields, json.loads(line), strict=True):
        setattr(instance, field.attname, _value(field, value))
    return instance


def _value(field: AnyField, value: Any) -> Any:
    if isinstance(field, SecretField):
        return Sealed(value or "")
    return field.target_field.to_python(value) if field.is_relation else field.to_python(value)

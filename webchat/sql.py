"""Queries that are put into words once, for the few that come with every message.

Django's ORM takes ten times as long to compose a statement as SQLite takes to carry it out, and it
composes it anew each time. Here it does so once in a process, and only the values change
(docs/adr/0014-statements-composed-once.md).
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, cached_property
from inspect import signature
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import DateTimeField, Field, Model, QuerySet, Value

M = TypeVar("M", bound=Model)


class _Given(Value):
    """Stands in a query for a value that is given later."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


def key(value: UUID) -> UUID | str:
    """An id as this database takes it."""
    return value if connection.features.has_native_uuid_field else value.hex


def moment(value: datetime) -> Any:
    """A moment as this database compares it; SQLite keeps texts."""
    return DateTimeField().get_db_prep_value(value, connection)


def _stored(value: Any) -> Any:
    return key(value) if isinstance(value, UUID) else value


class _Prepared:
    """A query of some values. `build` makes it of as many as it has parameters.

    The values may be ids, texts and numbers. Each stands alone: `field=value`, not `field__in=values`.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build

    @cached_property
    def _compiled(self) -> tuple[str, list[Any], Any, Any]:
        """The statement, its values, and what turns its rows into Python's values."""
        given = [_Given(number) for number in range(len(signature(self._build).parameters))]
        compiler = self._columns(self._build(*given)).query.get_compiler(DEFAULT_DB_ALIAS)
        statement, values = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return statement, list(values), compiler, converters

    def _columns(self, query: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return query

    def _fetch(self, values: tuple[Any, ...], *, one: bool = False) -> list[Any]:
        statement, places, compiler, converters = self._compiled
        with connection.cursor() as cursor:
            cursor.execute(
                statement,
                [
                    place if not isinstance(place, _Given) else _stored(values[place.number])
                    for place in places
                ],
            )
            rows = cursor.fetchmany(1) if one else cursor.fetchall()
        return list(compiler.apply_converters(rows, converters)) if converters else rows


class PreparedRows(_Prepared):
    """Of a `values_list`."""

    def all(self, *values: Any) -> list[Any]:
        return self._fetch(values)


class Prepared(_Prepared, Generic[M]):
    """Of rows of one table, as its model, with what the query annotates and without what it defers."""

    def _columns(self, query: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        self._model: type[M] = query.model
        names, deferred = query.query.deferred_loading
        left_out = names if deferred else frozenset()
        fields = query.model._meta.concrete_fields
        self._names = [field.attname for field in fields if field.name not in left_out]
        self._annotations = list(query.query.annotation_select)
        return query.values_list(*self._names, *self._annotations)

    def first(self, *values: Any) -> M | None:
        """The first row, if there is one; a query without an order gives any."""
        rows = self._fetch(values, one=True)
        if not rows:
            return None
        width = len(self._names)
        found = self._model.from_db(DEFAULT_DB_ALIAS, self._names, rows[0][:width])
        for name, value in zip(self._annotations, rows[0][width:], strict=True):
            setattr(found, name, value)
        return found


def insert(row: Model) -> None:
    """Write a new row whose key is known, as `save(force_insert=True)` does, but for its signals."""
    statement, fields = _insertion(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS


@cache
def _insertion(model: type[Model]) -> tuple[str, list["Field[Any, Any]"]]:
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join("%s" for _ in fields)
    table = model._meta.db_table
    return f'INSERT INTO "{table}" ({columns}) VALUES ({places})', fields  # noqa: S608 - no input


def update(row: Model, *names: str) -> None:
    """Write these fields of a row that exists, as `save(update_fields=names)` does."""
    statement, fields = _change(type(row), names)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@cache
def _change(model: type[Model], names: tuple[str, ...]) -> tuple[str, list["Field[Any, Any]"]]:
    fields = columns(model, names)
    pk = model._meta.pk
    statement = f'UPDATE "{model._meta.db_table}" SET {assigned(fields)} WHERE "{pk.column}" = %s'  # noqa: S608 - no input
    return statement, [*fields, pk]


def columns(model: type[Model], names: Iterable[str]) -> list["Field[Any, Any]"]:
    """The fields of these names."""
    found = [model._meta.get_field(name) for name in names]
    return [field for field in found if isinstance(field, Field)]


def assigned(fields: "Iterable[Field[Any, Any]]") -> str:
    """What follows SET in an UPDATE, with places for the values."""
    return ", ".join(f'"{field.column}" = %s' for field in fields)

"""The tables that are ours. Another program may keep its own in the same database."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState, ProjectState

WITHOUT_MODEL = ("search_index", "search_entry", "search_queue", "cache")
"""What migrations of ours make by hand. SQLite's index goes before what it is an index of."""


def drop_tables() -> None:
    """Take away every table of ours, all or none, and the word that it was made."""
    apps_here = _applied_apps()
    with connection.constraint_checks_disabled(), transaction.atomic():
        _drop(sorted(own_tables(), key=_order))
        if apps_here:
            MigrationRecorder(connection).migration_qs.filter(app__in=apps_here).delete()


def own_tables() -> set[str]:
    """Those that migrations of ours have made here, whatever the release they are of.

    An app whose migrations were never applied here has no tables here: one of such a name is
    somebody else's.
    """
    here = set(connection.introspection.table_names())
    names = set(_known(_applied_apps())) | set(_of_later_releases(here))
    return names & here


def _applied_apps() -> set[str]:
    installed = {config.label for config in apps.get_app_configs()}
    return {app for app, _name in MigrationRecorder(connection).applied_migrations()} & installed


def _known(labels: set[str]) -> Iterator[str]:
    """Every table that a migration up to this release makes, also one that a later one drops."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    state = ProjectState()
    for migration, _backwards in plan:
        state = migration.mutate_state(state, preserve=False)
        if migration.app_label in labels:
            for (app, _name), model in state.models.items():
                if app == migration.app_label:
                    yield from _tables(model)
    if "webchat" in labels:
        yield from WITHOUT_MODEL


def _tables(model: ModelState) -> Iterator[str]:
    """The table of a model, and those of its links to many."""
    if model.options.get("proxy") or not model.options.get("managed", True) or _swapped(model):
        return
    table = model.options.get("db_table") or f"{model.app_label}_{model.name_lower}"
    yield table
    for name, field in model.fields.items():
        link: Any = field
        if link.many_to_many and link.remote_field.through is None:
            yield link.db_table or f"{table}_{name}"


def _swapped(model: ModelState) -> bool:
    """Django's own table of people is never made: ours stands in its place."""
    setting: Any = model.options.get("swappable")
    return bool(setting) and getattr(settings, setting).lower() != (
        f"{model.app_label}.{model.name_lower}"
    )


def _of_later_releases(here: set[str]) -> Iterator[str]:
    """Tables of an app that has gone on since: after an update that is being taken back."""
    executor = MigrationExecutor(connection)
    unknown = executor.loader.applied_migrations.keys() - executor.loader.disk_migrations.keys()
    for app in {app for app, _name in unknown} & _applied_apps():
        yield from (name for name in here if name.startswith(f"{app}_"))


def _order(name: str) -> tuple[int, str]:
    return (WITHOUT_MODEL.index(name) if name in WITHOUT_MODEL else len(WITHOUT_MODEL), name)


def _drop(names: list[str]) -> None:
    """PostgreSQL is told all at once: it refuses where a view of somebody else hangs on one."""
    quoted = [connection.ops.quote_name(name) for name in names]
    together = [", ".join(quoted)] if connection.vendor == "postgresql" and quoted else quoted
    with connection.cursor() as cursor:
        for tables in together:
            cursor.execute(f"DROP TABLE {tables}")

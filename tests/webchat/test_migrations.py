"""Migrations leave the tables usable for the release before (docs/deployment.md, Updating)."""

import pytest
from django.db import connection
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

BEFORE_THE_RULE = "0014_ratings"
REMOVING = (
    operations.RemoveField,
    operations.RenameField,
    operations.DeleteModel,
    operations.RenameModel,
)
LOADER = MigrationLoader(None)
MIGRATIONS = sorted(
    (each for (app, _), each in LOADER.disk_migrations.items() if app == "webchat"),
    key=lambda each: each.name,
)


def breaks_the_release_before(migration: Migration) -> list[object]:
    """The operations that leave behind what a process of the release before can fail on."""
    state = LOADER.project_state([("webchat", migration.name)], at_end=False)
    broken = []
    for operation in migration.operations:
        if _breaks(operation, state):
            broken.append(operation)
        operation.state_forwards("webchat", state)
    return broken


def _breaks(operation: object, before: ProjectState) -> bool:
    if isinstance(operation, operations.AddField):
        field = operation.field
        return not field.many_to_many and not field.null and field.db_default is NOT_PROVIDED
    if isinstance(operation, operations.AlterField):
        former = before.models["webchat", operation.model_name_lower].fields[operation.name]
        narrowed = former.null and not operation.field.null
        return narrowed or former.db_type(connection) != operation.field.db_type(connection)
    return isinstance(operation, REMOVING)


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda each: each.name)
def test_the_release_before_can_go_on_with_the_tables(migration: Migration) -> None:
    """One that takes away what no supported release uses says so: `unused_since = "1.2.0"`."""
    if migration.name <= BEFORE_THE_RULE or getattr(migration, "unused_since", ""):
        return
    assert breaks_the_release_before(migration) == []


def test_the_rule_tells_expanding_from_contracting() -> None:
    broken = {each.name for each in MIGRATIONS if breaks_the_release_before(each)}
    assert {"0006_people", "0010_sealed_secrets"} <= broken  # no value of its own, taken away
    assert not {"0004_installation", "0008_turns", "0013_endpoint_key"} & broken

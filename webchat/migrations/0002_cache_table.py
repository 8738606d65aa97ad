"""The table of the cache, which counts sign-in attempts where there is no Redis."""

from typing import Any

from django.core.management import call_command
from django.db import migrations

TABLE = "cache"


def create(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"DROP TABLE IF EXISTS {schema_editor.quote_name(TABLE)}")


class Migration(migrations.Migration):
    dependencies = [
        ("webchat", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]

"""The tables of the search, which no model stands for. Their triggers are made after every
migration (webchat/search/triggers.py), and with them all there is comes into the queue."""

from typing import Any

from django.db import migrations

SQLITE = [
    "CREATE TABLE search_queue (id INTEGER PRIMARY KEY, source char(32) NOT NULL)",
    """
    CREATE TABLE search_entry (
        id INTEGER PRIMARY KEY,
        source char(32) NOT NULL UNIQUE,
        conversation char(32) NOT NULL,
        owner bigint NOT NULL,
        words text NOT NULL
    )
    """,
    """
    CREATE VIRTUAL TABLE search_index USING fts5(
        words, content = 'search_entry', content_rowid = 'id', detail = none, columnsize = 0,
        prefix = '1 2 3', tokenize = "ascii tokenchars '@'"
    )
    """,
    """
    CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN
        INSERT INTO search_index (rowid, words) VALUES (NEW.id, NEW.words);
    END
    """,
    """
    CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN
        INSERT INTO search_index (search_index, rowid, words)
        VALUES ('delete', OLD.id, OLD.words);
    END
    """,
]
POSTGRESQL = [
    "CREATE TABLE search_queue (id bigserial PRIMARY KEY, source uuid NOT NULL)",
    """
    CREATE TABLE search_entry (
        id bigint PRIMARY KEY,
        source uuid NOT NULL UNIQUE,
        conversation uuid NOT NULL,
        owner bigint NOT NULL,
        words tsvector NOT NULL
    )
    """,
    "CREATE INDEX search_entry_owner ON search_entry (owner, id)",
    "CREATE INDEX search_entry_words ON search_entry USING gin (words) WITH (fastupdate = off)",
]
TRIGGERS = {
    "webchat_conversation": ["title_added", "title_changed", "title_gone"],
    "webchat_message": ["message_added", "message_ended", "message_gone", "all_gone"],
}


def create(apps: Any, schema_editor: Any) -> None:
    sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in SQLITE if sqlite else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    sqlite = schema_editor.connection.vendor == "sqlite"
    for table, names in TRIGGERS.items():
        for name in names:
            if sqlite:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS search_{name}")
            else:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS search_{name} ON {table}")
                schema_editor.execute(f"DROP FUNCTION IF EXISTS search_{name}()")
    if sqlite:
        schema_editor.execute("DROP TABLE search_index")
    schema_editor.execute("DROP TABLE search_entry")
    schema_editor.execute("DROP TABLE search_queue")


class Migration(migrations.Migration):
    dependencies = [
        ("webchat", "0014_ratings"),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]

"""Triggers that keep the index in step with messages and titles, whoever writes them.

What is written or changed is put into `search_queue`, where a chore finds it (`indexing.py`); what
is deleted goes from the index in the same transaction. A message that still grows is not looked at.

None of them names a table of ours but its own: SQLite could not rebuild the other one.
"""

from typing import Any

from django.db import connection, transaction

QUEUED = ("title_added", "title_changed", "message_added", "message_ended")
REMOVED = ("title_gone", "message_gone")
NAMES = [f"search_{name}" for name in (*QUEUED, *REMOVED)]

QUEUE_ALL = """
    INSERT INTO search_queue (source)
    SELECT source FROM (
        SELECT id AS source, created_at FROM webchat_conversation WHERE title <> ''
        UNION ALL
        SELECT id, created_at FROM webchat_message WHERE status <> 'streaming'
    ) AS everything
    WHERE NOT EXISTS (SELECT 1 FROM search_entry WHERE search_entry.source = everything.source)
    ORDER BY created_at
"""
"""What has no entry is put into the queue, the newest last: the last one is the first to leave."""

WHEN = {
    "title_added": ("AFTER INSERT ON webchat_conversation", "NEW.title <> ''"),
    "title_changed": ("AFTER UPDATE OF title ON webchat_conversation", "OLD.title <> NEW.title"),
    "message_added": ("AFTER INSERT ON webchat_message", "NEW.status <> 'streaming'"),
    "message_ended": (
        "AFTER UPDATE OF text, status ON webchat_message",
        "NEW.status <> 'streaming' AND (OLD.status <> NEW.status OR OLD.text <> NEW.text)",
    ),
    "title_gone": ("AFTER DELETE ON webchat_conversation", "TRUE"),
    "message_gone": ("AFTER DELETE ON webchat_message", "TRUE"),
}
THIS = "INSERT INTO search_queue (source) VALUES (NEW.id)"
GONE = "DELETE FROM search_entry WHERE source = OLD.id"
THEN = {**dict.fromkeys(QUEUED, THIS), **dict.fromkeys(REMOVED, GONE)}


def restore(**_signal: Any) -> None:
    """Make the triggers anew, after every migration.

    SQLite drops them where a migration rebuilds a table, and a restored backup begins without them.
    Whatever was written meanwhile is found now. Before the tables of the search are there, and
    after they have gone, there is nothing to do.
    """
    if "search_queue" not in connection.introspection.table_names():
        return
    with transaction.atomic(), connection.cursor() as cursor:
        complete = names_there() >= set(NAMES)
        for statement in _on_sqlite() if connection.vendor == "sqlite" else _on_postgresql():
            cursor.execute(statement)
        if not complete:
            cursor.execute(QUEUE_ALL)


def names_there() -> set[str]:
    table, name = (
        ("sqlite_master", "name") if connection.vendor == "sqlite" else ("pg_trigger", "tgname")
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {table} WHERE {name} LIKE 'search%%'", [])  # noqa: S608 - no input
        return {row[0] for row in cursor.fetchall()}


def _on_sqlite() -> list[str]:
    statements = []
    for name, (event, condition) in WHEN.items():
        statements += [
            f"DROP TRIGGER IF EXISTS search_{name}",
            f"CREATE TRIGGER search_{name} {event} WHEN {condition} BEGIN {THEN[name]}; END",
        ]
    return statements


def _on_postgresql() -> list[str]:
    """Tables that are emptied as a whole, as tests do it, have no rows for the triggers to see."""
    statements = []
    for name, (event, condition) in WHEN.items():
        statements += [
            f"CREATE OR REPLACE FUNCTION search_{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" 'BEGIN {_quoted(THEN[name])}; RETURN NULL; END'",
            f"CREATE OR REPLACE TRIGGER search_{name} {event} FOR EACH ROW WHEN ({condition})"
            f" EXECUTE FUNCTION search_{name}()",
        ]
    return [
        *statements,
        "CREATE OR REPLACE FUNCTION search_all_gone() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN TRUNCATE search_entry, search_queue; RETURN NULL; END'",
        "CREATE OR REPLACE TRIGGER search_all_gone AFTER TRUNCATE ON webchat_message"
        " EXECUTE FUNCTION search_all_gone()",
    ]


def _quoted(statement: str) -> str:
    return statement.replace("'", "''")

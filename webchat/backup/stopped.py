"""Whether Webchat is stopped: whoever restores takes the tables away from under the others."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError, OperationalError, connection
from django.db.models.functions import Now

from webchat.models import Message, Run

HEARTBEAT = timedelta(seconds=10)  # one comes every 0.4 s


class StillRunning(Exception):
    """Somebody uses the database; `str()` of it is what the operator reads."""


def check_stopped() -> None:
    """Look for others at the database. Raises StillRunning, and DatabaseError where it is away.

    It looks before anything else asks the database: our own connections would be others, too.
    """
    raw: Any = connection
    if raw.vendor == "postgresql":
        _check_connections(raw)
    else:
        _check_file(raw)
    if _answers_are_made():
        raise StillRunning(
            "Answers are being made: a process of Webchat runs, or was killed a moment ago. Stop "
            "it, wait ten seconds, and try again."
        )


def _check_connections(postgresql: Any) -> None:
    """A connection of its own, past the pool, which opens several."""
    parameters = postgresql.get_connection_params()
    with postgresql.wrap_database_errors, postgresql.Database.connect(**parameters) as own:
        [count] = own.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename = current_user AND pid <> pg_backend_pid()"
        ).fetchone()
    if count:
        raise StillRunning(
            f"Others are connected to the database as Webchat is ({count} connections). Stop "
            "every process of Webchat, on every machine, and whatever else uses this account."
        )


def _check_file(sqlite: Any) -> None:
    """SQLite lets one connection have a file for itself only while no other one has it open."""
    name = sqlite.settings_dict["NAME"]
    if not Path(name).exists():
        return
    try:
        with (
            sqlite.wrap_database_errors,
            closing(sqlite.Database.connect(name, timeout=0, isolation_level=None)) as own,
        ):
            own.execute("PRAGMA locking_mode = EXCLUSIVE")
            own.execute("BEGIN EXCLUSIVE")
            own.execute("COMMIT")
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        raise StillRunning(
            f"Another process has the database open ({name}). Stop every process of Webchat."
        ) from None


def _answers_are_made() -> bool:
    fresh = Run.objects.filter(
        message__status=Message.Status.STREAMING, heartbeat_at__gt=Now() - HEARTBEAT
    )
    try:
        return fresh.exists()
    except DatabaseError:  # there are no tables yet
        return False

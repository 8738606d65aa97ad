"""Which engine searches the database there is."""

from django.db import connection

from webchat.search.engine import Engine
from webchat.search.postgresql import Postgresql
from webchat.search.sqlite import Sqlite

ENGINES: dict[str, Engine] = {"sqlite": Sqlite(), "postgresql": Postgresql()}


def engine() -> Engine:
    return ENGINES[connection.vendor]

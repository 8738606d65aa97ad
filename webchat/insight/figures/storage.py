"""How much room things take, now."""

from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.db.models import Count, Sum

from webchat.models import Media


@dataclass(frozen=True)
class Storage:
    """Bytes, and numbers of pictures, by origin. Database sizes include what is free in its files."""

    uploaded: int
    uploaded_bytes: int
    generated: int
    generated_bytes: int
    database_bytes: int


def read() -> Storage:
    """Two queries, one on SQLite, whose files are looked at."""
    rows = Media.objects.order_by().values_list("origin", Count("pk"), Sum("size"))
    found = {origin: (count, size) for origin, count, size in rows}
    uploaded = found.get(Media.Origin.UPLOADED, (0, 0))
    generated = found.get(Media.Origin.GENERATED, (0, 0))
    return Storage(*uploaded, *generated, _database_bytes())


def _database_bytes() -> int:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    file = Path(str(connection.settings_dict["NAME"]))
    files = (file, file.with_name(f"{file.name}-wal"))
    return sum(each.stat().st_size for each in files if each.is_file())

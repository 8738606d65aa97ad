"""`manage.py backup`"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from webchat.audit import record
from webchat.backup.dump import Outdated, dump
from webchat.models import AuditRecord


class Command(BaseCommand):
    help = (
        "Write everything into one archive: accounts, endpoints, conversations, pictures, records. "
        "The site may run meanwhile; the archive is of the moment when the command began. It fits "
        "SQLite and PostgreSQL alike. Sessions are left out, and so are the keys that encrypt what "
        "endpoints need, unless you ask for them: keep those apart."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, help="default: webchat-<date>-<time>.zip in this folder"
        )
        parser.add_argument(
            "--with-keys",
            action="store_true",
            help="put the generated keys of DATA_DIR into the archive too; then guard it like them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"] or Path(f"webchat-{timezone.now():%Y%m%d-%H%M%S}.zip")
        try:
            manifest = dump(file, with_keys=options["with_keys"])
        except Outdated:
            raise CommandError(
                "The tables are those of an earlier release. Start Webchat once, or run "
                "`manage.py migrate`; or back up with the earlier release."
            ) from None
        except (DatabaseError, OSError) as error:
            raise CommandError(f"Nothing was written: {error}") from None
        record(AuditRecord.Action.BACKED_UP, rows=sum(manifest.tables.values()))
        self.stdout.write(
            f"{file}: {sum(manifest.tables.values())} rows, {manifest.media} pictures, "
            f"{file.stat().st_size / 1e6:.1f} MB."
        )
        for name in manifest.missing:
            self.stderr.write(f"A picture was not there any more: {name}")
        if not manifest.keys:
            self.stdout.write(
                "The keys are not in it. Without FIELD_KEYS, or DATA_DIR/field-key, the keys of "
                "endpoints would have to be typed anew."
            )

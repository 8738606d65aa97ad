"""`manage.py restore`"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from webchat.backup.archive import BadArchive
from webchat.backup.load import NotEmpty, load
from webchat.backup.stopped import StillRunning, check_stopped
from webchat.management.serving.address import AddressProblem, check_address


class Command(BaseCommand):
    help = (
        "Make this installation what an archive of `manage.py backup` holds. Webchat must be "
        "stopped, every process of it. An archive of an earlier release is brought up to date. "
        "Everybody signs in anew."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="delete the people and conversations that are here; without it they are kept "
            "and nothing is restored",
        )
        parser.add_argument(
            "--with-keys",
            action="store_true",
            help="put the archive's keys in the place of those in DATA_DIR",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._see_that_it_is_stopped()
        try:
            manifest = load(
                options["file"], replace=options["replace"], with_keys=options["with_keys"]
            )
        except NotEmpty:
            raise CommandError(
                "There are people or conversations here. Add --replace to delete them and put "
                "those of the archive in their place."
            ) from None
        except BadArchive as error:
            raise CommandError(str(error)) from None
        except (DatabaseError, OSError) as error:
            raise CommandError(f"The archive could not be restored: {error}") from None
        rows = sum(manifest.tables.values())
        self.stdout.write(
            f"Restored: {rows} rows and {manifest.media} pictures of {manifest.created_at}."
        )

    def _see_that_it_is_stopped(self) -> None:
        """By its address, which a shell may not know, and by who uses the database."""
        try:
            check_address(settings.HOST, settings.PORT)
            check_stopped()
        except AddressProblem:
            raise CommandError(
                f"Something listens at {settings.HOST}:{settings.PORT}. If that is Webchat, stop "
                "it first."
            ) from None
        except StillRunning as error:
            raise CommandError(str(error)) from None
        except (DatabaseError, OSError) as error:
            raise CommandError(f"The database does not answer: {error}") from None

"""`manage.py import_conversations`"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from webchat.audit import record
from webchat.exchange.fields import BadFile
from webchat.exchange.incoming import Result, bring_in
from webchat.exchange.unpack import SHELL, unpack
from webchat.management.people import find_person
from webchat.models import AuditRecord, User


class Command(BaseCommand):
    help = (
        "Bring in the conversations of a file: JSON that Webchat exported, alone or in a ZIP archive, "
        "or the export of ChatGPT (conversations.json, or its whole archive). They get new ids and "
        "belong to --owner; importing a file twice brings everything twice. A conversation comes in "
        "whole or not at all. Ends with status 1 when any of them could not be brought in, and says "
        "which and why; the others are there then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--owner", metavar="NAME", required=True, help="whose they become")
        parser.add_argument(
            "--dry-run", action="store_true", help="check everything, and bring in nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        owner = find_person(options["owner"])
        dry_run = options["dry_run"]
        try:
            results = self._bring(options["file"], owner, dry_run)
        except DatabaseError as error:
            raise CommandError(f"The database does not take them: {error}") from None
        failed = [result for result in results if result.problem]
        came = len(results) - len(failed)
        if not dry_run:
            record(
                AuditRecord.Action.IMPORTED, subject=owner, conversations=came, failed=len(failed)
            )
        words = "could be imported" if dry_run else "were imported"
        self.stdout.write(f"{came} conversations {words}, {len(failed)} not.")
        if failed or not results:
            raise CommandError("Not everything is there." if came else "Nothing is there.")

    def _bring(self, file: Path, owner: User, dry_run: bool) -> list[Result]:
        results = []
        try:
            with file.open("rb") as stream:
                for found in unpack(stream, file.name, SHELL):
                    results.append(bring_in(owner, found, dry_run=dry_run))
                    self._tell(results[-1])
        except BadFile as error:
            results.append(Result(file.name, problem=str(error)))
            self._tell(results[-1])
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from None
        return results

    def _tell(self, result: Result) -> None:
        if result.problem:
            self.stderr.write(f"{result.name}: {result.problem}")

"""`manage.py prune`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webchat.prune import prune


class Command(BaseCommand):
    help = (
        "Delete what has been kept long enough (RETAIN_CONVERSATIONS_DAYS, RETAIN_AUDIT_DAYS, "
        "RETAIN_OUTCOMES_DAYS) and what nobody needs: temporary conversations, pictures that were "
        "uploaded and never sent, files without a row, sessions that are over. Safe while Webchat "
        "runs; meant for a daily timer. Prints what went and how many of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would go; nothing is deleted"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for what, count in prune(dry_run=options["dry_run"]):
            self.stdout.write(f"{count:8d}  {what.replace('_', ' ')}")

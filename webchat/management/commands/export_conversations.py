"""`manage.py export_conversations`"""

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.db.models import QuerySet

from webchat.audit import record
from webchat.days import is_countable, midnight
from webchat.exchange.outgoing import Format, archive, in_chunks
from webchat.management.people import find_person
from webchat.models import AuditRecord, Conversation

FORMATS = {"json": Format.JSON, "markdown": Format.MARKDOWN, "html": Format.HTML}


class Command(BaseCommand):
    help = (
        "Write conversations into a ZIP archive, each as a file of its own, in a folder for each "
        "owner. JSON holds everything and can be imported again with `manage.py "
        "import_conversations`; Markdown and HTML hold the branch that the owner sees. The site may "
        "run meanwhile. Ends with status 1, and without a file, when there is nothing to export."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="where the archive goes; - is the standard output")
        parser.add_argument("--format", choices=FORMATS, default="json", help="default: json")
        parser.add_argument("--owner", metavar="NAME", help="only those of this person")
        parser.add_argument(
            "--conversation", metavar="ID", type=UUID, nargs="+", help="only these, by their ids"
        )
        parser.add_argument("--since", type=_day, metavar="DAY", help="active on this day or later")
        parser.add_argument(
            "--until", type=_day, metavar="DAY", help="active on this day or earlier"
        )
        parser.add_argument("--overwrite", action="store_true", help="replace a file that exists")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = self._found(options)
            if not found.exists():
                raise CommandError("There is no such conversation; nothing was written.")
            count = self._write(options, _Counted(found))
        except (DatabaseError, OSError) as error:
            raise CommandError(f"The export failed: {error}") from None
        record(AuditRecord.Action.EXPORTED, format=options["format"], count=count)
        self.stderr.write(f"{count} conversations were exported.")

    def _found(self, options: dict[str, Any]) -> QuerySet[Conversation]:
        found: QuerySet[Conversation] = Conversation.objects.all()
        if (name := options["owner"]) is not None:
            found = found.filter(owner=find_person(name))
        if options["conversation"]:
            found = found.filter(pk__in=options["conversation"])
        if options["since"]:
            found = found.filter(active_at__gte=midnight(options["since"]))
        if options["until"]:
            found = found.filter(active_at__lt=midnight(options["until"] + timedelta(days=1)))
        return found

    def _write(self, options: dict[str, Any], counted: "_Counted") -> int:
        kind = FORMATS[options["format"]]
        pieces = archive(iter(counted), kind, name="conversations", by_owner=True).pieces
        if options["file"] == "-":
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        else:
            self._write_file(Path(options["file"]), pieces, overwrite=options["overwrite"])
        return counted.count

    def _write_file(self, file: Path, pieces: Iterator[bytes], *, overwrite: bool) -> None:
        """The file is there only once it is whole."""
        if file.exists() and not overwrite:
            raise CommandError(f"{file} exists. Choose another name, or add --overwrite.")
        part = file.with_name(f"{file.name}.part")
        try:
            with part.open("wb") as stream:
                part.chmod(0o600)
                for piece in pieces:
                    stream.write(piece)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)


class _Counted:
    """The conversations, and how many of them have gone by."""

    def __init__(self, conversations: QuerySet[Conversation]) -> None:
        self._conversations = conversations
        self.count = 0

    def __iter__(self) -> Iterator[Conversation]:
        for chunk in in_chunks(self._conversations):
            self.count += len(chunk)
            yield from chunk


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not is_countable(day):
        raise ValueError(text)
    return day

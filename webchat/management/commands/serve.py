"""`manage.py serve`: everything between a checkout and a page in the browser."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections

from webchat import catalog
from webchat.accounts.setup_link import setup_link
from webchat.management.serving.address import AddressProblem, check_address
from webchat.management.serving.error_pages import write_error_pages
from webchat.management.serving.lock import preparing
from webchat.management.serving.memory import give_memory_back
from webchat.management.serving.server import serve
from webchat.management.serving.static_files import collect_static, name_current
from webchat.management.serving.tables import migrate

TROUBLE = "Webchat cannot start.\n\n"

LOOPBACK = {"127.0.0.1", "::1", "[::1]", "localhost"}


def is_local(origin: str) -> bool:
    return urlsplit(origin).hostname in LOOPBACK


class Command(BaseCommand):
    help = "Prepare the database and the static files where that is needed, and serve the site."
    requires_system_checks: list[str] = []  # `make check` runs them; here they cost a second

    def add_arguments(self, parser: CommandParser) -> None:
        # manage.py puts both into the environment, because other settings depend on them.
        parser.add_argument("--host", help="the address to listen at (HOST)")
        parser.add_argument("--port", type=int, help="the port to listen at (PORT)")

    def handle(self, *args: Any, **options: Any) -> None:
        give_memory_back()
        try:
            check_address(settings.HOST, settings.PORT)
            with preparing(self.say):
                self.prepare()
        except (AddressProblem, OSError) as error:
            raise SystemExit(f"{TROUBLE}{error}") from None
        serve(settings.HOST, settings.PORT, self.announce)

    def prepare(self) -> None:
        """Bring what lies in the data folder up to date."""
        try:
            if migrate():
                self.say("The database is ready.")
        except DatabaseError as error:
            raise SystemExit(f"{TROUBLE}The database does not answer: {error}") from None
        if collect_static():
            self.say("The static files are ready.")
        write_error_pages()
        name_current()
        catalog.sync()
        self.link = setup_link()
        connections.close_all()

    def announce(self) -> None:
        if self.link:
            self.say(
                "\nThere is no administrator yet. This link creates one; it works once:\n\n"
                f"    {self.link}\n\n"
            )
        if settings.HOST not in LOOPBACK and all(map(is_local, settings.ORIGINS)):
            self.say(
                f"Other computers reach HOST={settings.HOST}, but are refused: ORIGINS names none "
                "of the addresses they use. Example: ORIGINS=http://192.168.1.5:8000\n"
            )
        address = f"{settings.ORIGINS[0]}{settings.BASE_PATH}"
        self.say(f"{settings.SITE_NAME} is at {address}   (Ctrl-C ends it)")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

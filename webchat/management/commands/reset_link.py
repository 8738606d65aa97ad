"""`manage.py reset_link`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webchat.accounts.reset_link import reset_link
from webchat.management.people import find_person


class Command(BaseCommand):
    help = "Print a link that lets somebody choose a new password; it works once, within a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name the person signs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(reset_link(find_person(options["name"])))

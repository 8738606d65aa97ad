"""`manage.py reset_second_factor`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webchat.accounts.second_factor import reset_second_factor
from webchat.management.people import find_person


class Command(BaseCommand):
    help = (
        "Take passkeys, authenticator app and recovery codes away from somebody who lost them; "
        "the password alone lets them in afterwards."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name the person signs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = find_person(options["name"])
        if not reset_second_factor(user):
            raise CommandError(f"{user.username} has no second factor.")
        self.stdout.write(f"{user.username} signs in with the password alone now.")

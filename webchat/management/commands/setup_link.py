"""`manage.py setup_link`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webchat.accounts.setup_link import setup_link


class Command(BaseCommand):
    help = "Print a new one-time link that creates the administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        link = setup_link()
        if not link:
            raise CommandError("An administrator exists already; sign in with that account.")
        self.stdout.write(link)

"""`manage.py make_key`"""

from typing import Any

from django.core.management.base import BaseCommand

from webchat.settings.keys import make_field_key


class Command(BaseCommand):
    help = "Print a new key for FIELD_KEYS."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(make_field_key())

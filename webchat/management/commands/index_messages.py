"""`manage.py index_messages`"""

from typing import Any

from django.core.management.base import BaseCommand

from webchat.search.indexing import index_everything


class Command(BaseCommand):
    help = (
        "Make the search index anew from all messages and titles. The server does that by itself, a "
        "little each second; this is for whoever cannot wait after an upgrade or an import, or "
        "does not trust the index. It is safe while people go on; meanwhile they find less."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        told = -1
        for done, total in index_everything():
            percent = 100 * done // total if total else 100
            if percent > told:
                self.stdout.write(f"{percent} %, {done} of {total}")
                told = percent
        self.stdout.write("The search index is complete.")

"""`manage.py rotate_keys`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webchat.audit import record
from webchat.management.rotation import rotate
from webchat.models import AuditRecord


class Command(BaseCommand):
    help = (
        "Encrypt every stored secret anew with the first of FIELD_KEYS: keys, proxies and headers "
        "of endpoints, and the second factors of people. To change the key: `manage.py make_key`, "
        "put the new key in front of the old one in FIELD_KEYS, restart Webchat, run this, then "
        "take the old key out and restart again. Safe while Webchat runs, and to be run again. "
        "Ends with 1 when a secret could be opened by no key; it is left as it is, and named."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = rotate()
        record(
            AuditRecord.Action.SITE_CHANGED,
            secrets_encrypted_anew=rotation.resealed,
            secrets_not_opened=len(rotation.unopened),
        )
        self.stdout.write(f"{rotation.resealed} secrets encrypted with the first of FIELD_KEYS.")
        if rotation.unopened:
            raise CommandError(
                "No key of FIELD_KEYS opens these; they read as “not set”, and are left alone:\n"
                + "\n".join(f"  {place}" for place in rotation.unopened)
            )

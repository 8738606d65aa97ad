"""The administrator and the other person that every installation of these tests has, signed in.

They are made once for all workers of a run, in SQLite and in PostgreSQL.
"""

import shutil
from pathlib import Path

from tests import prepared
from tests.e2e.product import NAME, PASSWORD, Product

OTHER = "bob"
SESSION, OTHERS_SESSION = "session-of-the-administrator", "session-of-the-other-person"
MAKE = f"""
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from webchat.models import User

def sign_in(user, key):
    values = {{
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }}
    Session.objects.save(key, values, SessionStore().get_expiry_date())

call_command("migrate", verbosity=0)
sign_in(User.objects.create_superuser("{NAME}", password="{PASSWORD}"), "{SESSION}")
sign_in(User.objects.create_user("{OTHER}", password="{PASSWORD}"), "{OTHERS_SESSION}")
"""


def data_folder() -> Path:
    """A data folder after a first start, and these people in its SQLite database."""

    def make(folder: Path) -> None:
        shutil.copytree(prepared.data_folder(), folder, symlinks=True)
        Product(folder).manage("shell", "-v0", "-c", MAKE)

    return prepared.once("people", make)


def fill(database: str) -> None:
    """Make all tables and these people in an empty database of PostgreSQL.

    Their sessions are signed with the key that all copies of `data_folder` have.
    """
    Product(data_folder(), {"DATABASE_URL": database}).manage("shell", "-v0", "-c", MAKE)

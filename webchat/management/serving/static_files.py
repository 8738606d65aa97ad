"""Static files are collected again only when one of them changed."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from webchat.settings import storage

STAMP = "collected-from"


def fingerprint() -> str:
    """A hash over name, size and time of every source, and of what turns them into the result."""
    digest = hashlib.sha256(Path(storage.__file__).read_bytes())
    for finder in get_finders():
        for name, place in finder.list([]):
            status = Path(place.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_static() -> bool:
    """Bring STATIC_ROOT up to date; whether there was anything to do."""
    stamp = Path(settings.DATA_DIR) / STAMP
    current = fingerprint()
    try:
        if stamp.read_text() == current and Path(settings.STATIC_ROOT).is_dir():
            return False
    except OSError:
        pass  # never collected, or the stamp cannot be read: collecting cures both
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(current)
    return True

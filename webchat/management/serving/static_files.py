"""Static files are collected once a release, into a folder of its own.

During a rolling restart several releases serve from one data folder, each also what the pages of
the others ask for; so the folders of the last ones stay.
"""

import os
import re
import shutil
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from webchat.settings.storage import MANIFEST, release_folder

RELEASES_KEPT = 3  # this one, the one it replaces, and one more for whoever goes back
RELEASE_FOLDER = re.compile(r"[0-9a-f]{12}")


def collect_static() -> bool:
    """See that there is a folder for this release; whether there was anything to do."""
    manifest = release_folder() / MANIFEST  # written last, so what it lies in is whole
    if manifest.is_file():
        manifest.touch()  # the last to be removed
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    _open_to_everybody(release_folder())
    _remove_old()
    return True


def name_current() -> None:
    """Let `current` be the folder of this release: nginx looks there, and asks us for the rest."""
    folder = release_folder()
    draft = folder.with_name(f"current.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(folder.name)
    current = folder.with_name("current")
    if current.is_dir() and not current.is_symlink():
        shutil.rmtree(current)  # a copy of the data folder that followed the link
    draft.replace(current)


def _open_to_everybody(folder: Path) -> None:
    """Whatever the umask is: these are on every page, and nginx runs as somebody else."""
    for place in [folder.parent, folder, *folder.rglob("*")]:
        place.chmod(0o755 if place.is_dir() else 0o644)


def _remove_old() -> None:
    """Remove the folders of all but the releases that were started last."""
    folders = Path(settings.STATIC_ROOT).iterdir()
    releases = [folder for folder in folders if RELEASE_FOLDER.fullmatch(folder.name)]
    for folder in sorted(releases, key=_last_start)[:-RELEASES_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def _last_start(folder: Path) -> float:
    manifest = folder / MANIFEST
    return manifest.stat().st_mtime if manifest.is_file() else 0

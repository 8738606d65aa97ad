"""Where static files go when they are collected."""

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from servestatic.storage import CompressedManifestStaticFilesStorage


@cache
def modules_hash() -> str:
    """One hash over all our scripts."""
    digest = hashlib.md5(usedforsecurity=False)
    for folder in settings.STATICFILES_DIRS:
        for script in sorted(Path(folder).rglob("*.js")):
            digest.update(script.read_bytes())
    return digest.hexdigest()[:12]


MANIFEST = "staticfiles.json"


def release_folder() -> Path:
    """Where the files of this release are collected.

    Named by a hash over name, size and time of every source, and of what turns them into the result.
    """
    digest = hashlib.md5(Path(__file__).read_bytes(), usedforsecurity=False)
    for finder in get_finders():
        for name, place in finder.list([]):
            status = Path(place.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return Path(settings.STATIC_ROOT, digest.hexdigest()[:12])


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Compressed files under names that hold a hash of the content, so browsers keep them for ever.

    The names inside ES modules' imports are rewritten too. All our modules share one hash: they
    may import one another in a circle, where no file could be hashed before the other. Each
    release has a folder of its own below STATIC_ROOT.
    """

    manifest_name = MANIFEST
    support_js_module_import_aggregation = True

    def __init__(self) -> None:
        super().__init__(location=release_folder())

    def stat_static_root(self) -> dict[str, os.stat_result]:
        """Not kept: servestatic would look for the files outside of the folder."""
        return {}

    def file_hash(self, name: str | None, content: Any = None) -> str | None:
        for folder in settings.STATICFILES_DIRS:
            if name and name.endswith(".js") and Path(folder, name).is_file():
                return modules_hash()
        hashed: str | None = super().file_hash(name, content)
        return hashed

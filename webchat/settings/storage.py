"""Where static files go when they are collected."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from servestatic.storage import CompressedManifestStaticFilesStorage


@cache
def modules_hash() -> str:
    """One hash over all our scripts."""
    digest = hashlib.md5(usedforsecurity=False)
    for folder in settings.STATICFILES_DIRS:
        for script in sorted(Path(folder).rglob("*.js")):
            digest.update(script.read_bytes())
    return digest.hexdigest()[:12]


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Compressed files under names that hold a hash of the content, so browsers keep them for ever.

    The names inside ES modules' imports are rewritten too. All our modules share one hash: they
    may import one another in a circle, where no file could be hashed before the other.
    """

    support_js_module_import_aggregation = True

    def file_hash(self, name: str | None, content: Any = None) -> str | None:
        for folder in settings.STATICFILES_DIRS:
            if name and name.endswith(".js") and Path(folder, name).is_file():
                return modules_hash()
        hashed: str | None = super().file_hash(name, content)
        return hashed

"""Which release this is: the newest one that CHANGELOG.md names."""

import re
from pathlib import Path

_CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


def newest(changelog: str) -> str:
    """The version of the first heading `## [1.2.3]` of a changelog (Keep a Changelog)."""
    found = re.search(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)
    return found[1] if found else "0"


RELEASE = newest(_CHANGELOG.read_text(encoding="utf-8"))

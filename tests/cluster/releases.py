"""A release that comes after this one: a copy of the tree with what a later one may bring."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.e2e.product import ROOT

RELEASE = "99.0.0"
PARTS = ("manage.py", "CHANGELOG.md", "providers", "webchat", "templates", "static", "locale")
CHANGES = [
    ("CHANGELOG.md", r"(?m)^## \[", f"## [{RELEASE}] - 2099-01-01\n\nThe next.\n\n## ["),
    ("webchat/rendering/markdown.py", r"(?m)^RENDERER_VERSION = \d+$", "RENDERER_VERSION = 9999"),
    ("static/js/dom.js", r"\Z", "\nexport const later = true;\n"),
    ("webchat/models/message.py", r"(?m)^    created_at =", "    mood = NEW\n    created_at ="),
    ("webchat/models/run.py", r"(?m)^    started_at =", "    mood = NEW\n    started_at ="),
]
COLUMN = "models.CharField(max_length=9, null=True)"


def make_newer_release(folder: Path) -> Path:
    """Where it lies. It has more columns, another renderer and other static files."""
    for part in PARTS:
        source = ROOT / part
        ignored = shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / part)
    for name, pattern, text in CHANGES:
        file = folder / name
        changed, count = re.subn(pattern, text.replace("NEW", COLUMN), file.read_text(), count=1)
        assert count, f"{name} has no {pattern}"
        file.write_text(changed)
    _make_migration(folder)
    return folder


def _make_migration(folder: Path) -> None:
    command = [sys.executable, "manage.py", "makemigrations", "webchat", "-n", "later", "-v0"]
    own = {"ENV_FILE": "/dev/null", "DATA_DIR": str(folder / "data")}
    outside = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    subprocess.run(command, cwd=folder, env=outside | own, check=True, timeout=60)

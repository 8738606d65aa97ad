"""An installation of a test: a data folder, a database, and the commands of its operator."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.product import ROOT, free_port
from tests.upgrade.people import HEIR

SECONDS = 300  # a busy machine
FOREIGN = {"DATABASE_URL", "REDIS_URL", "FIELD_KEYS", "SECRET_KEY"}


@dataclass
class Installation:
    folder: Path
    database: str = ""  # the address of one on PostgreSQL; without it, SQLite in the folder
    seconds: float = SECONDS  # that a command may take

    @property
    def environment(self) -> dict[str, str]:
        outside = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        own = {
            "DATA_DIR": str(self.folder),
            "ENV_FILE": os.devnull,
            "PORT": str(free_port()),
            "LOCAL_SERVERS": "false",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "webchat.settings",
        }
        return outside | own | ({"DATABASE_URL": self.database} if self.database else {})

    def run(self, *command: str) -> str:
        """What a process of its own prints; one that fails is a failure."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=self.seconds,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def manage(self, *command: str) -> str:
        return self.run("manage.py", *command)

    def bring_in(self, file: Path) -> None:
        """Import an export for the person who has nothing."""
        self.manage("import_conversations", str(file), "--owner", HEIR)

    def seen(self) -> dict[str, Any]:
        """What it shows now (tests/upgrade/seen.py)."""
        found: dict[str, Any] = json.loads(self.run("-m", "tests.upgrade.seen").splitlines()[-1])
        return found

"""Run a command where DATABASE_URL and REDIS_URL name a PostgreSQL and a Redis of its own.

python -m tests.cluster python -m pytest tests/webchat
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cluster.servers import Postgres, Redis


def main(command: list[str]) -> int:
    """The exit status of the command."""
    with tempfile.TemporaryDirectory(prefix="webchat-servers-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        postgres, redis = Postgres(folder), Redis(folder)
        try:
            postgres.start()
            redis.start()
            own = {
                "DATABASE_URL": postgres.create("webchat"),
                "REDIS_URL": redis.url,
                "TEST_REDIS_URL": redis.url,
            }
            return subprocess.run(command, env=os.environ | own, check=False).returncode
        finally:
            redis.stop()
            postgres.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

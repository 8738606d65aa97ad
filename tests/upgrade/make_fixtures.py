"""Makes the fixtures of tests/upgrade. It runs ONLY at commit 1d04681, with that commit's program.

It is kept as a record of how the fixtures were made. Do not run it later: the fixtures have to stay
what that commit wrote. `python -m tests.upgrade.make_fixtures` writes into tests/upgrade/fixtures/:

- data/: the data folder of a site (db.sqlite3, keys, media)
- backup.zip: `manage.py backup --with-keys`
- export.zip: `manage.py export_conversations`, JSON of all conversations
- postgresql.sql: `pg_dump --inserts` of the archive, restored on PostgreSQL
- known.json: a recovery code, and the key of a session
- expected.json: what tests/upgrade/seen.py saw of data/, with the export imported
"""

import json
import re
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

from tests.cluster.servers import Postgres, program
from tests.e2e.product import Product
from tests.upgrade.installation import Installation
from tests.upgrade.people import COMMIT, FIXTURES

DATA = FIXTURES / "data"


def begin(folder: Path) -> None:
    """A first start, and the administrator, as an operator does it."""
    product = Product(folder).start()
    product.create_administrator()
    product.end()
    shutil.rmtree(folder / "static")


def close(folder: Path) -> None:
    """One small file without a log beside it."""
    with closing(sqlite3.connect(folder / "db.sqlite3", isolation_level=None)) as database:
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def copy_folder(source: Path, target: Path) -> None:
    """The database, the keys and the pictures; the rest is made anew by every start."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in ("db.sqlite3", "secret-key", "field-key"):
        shutil.copyfile(source / name, target / name)
    shutil.copytree(source / "media", target / "media")


def dump(server: Postgres, name: str, file: Path) -> None:
    """Statements that psycopg can run: without the lines that only psql knows."""
    command = [program("pg_dump", "postgresql-client"), "--inserts", "--no-owner"]
    command += ["--no-privileges", server.url(name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    text = re.sub(r"(?m)^\\(?:un)?restrict \w+\n", "", done.stdout)
    file.write_text(text, encoding="utf-8")


def on_postgresql(folder: Path, archive: Path) -> None:
    server = Postgres(folder)
    server.start()
    try:
        other = Installation(folder / "data", server.create("fixtures"))
        other.manage("restore", str(archive), "--with-keys")
        other.manage("index_messages")
        dump(server, "fixtures", FIXTURES / "postgresql.sql")
    finally:
        server.stop()


def expect(folder: Path) -> None:
    copy_folder(DATA, folder)
    installation = Installation(folder)
    installation.bring_in(FIXTURES / "export.zip")
    text = json.dumps(installation.seen(), ensure_ascii=False, indent=1)
    (FIXTURES / "expected.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    at = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    changed = subprocess.run(["git", "diff", "--quiet", COMMIT, "--", "webchat", "templates"])
    assert changed.returncode == 0, f"{at.stdout} is not {COMMIT}"
    FIXTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="webchat-fixtures-") as name:
        place = Path(name)
        place.chmod(0o755)
        begin(place / "site")
        site = Installation(place / "site")
        known = site.run("-m", "tests.upgrade.filling").splitlines()[-1]
        (FIXTURES / "known.json").write_text(known + "\n", encoding="utf-8")
        site.manage("index_messages")
        for kind, command in (("backup", ["backup"]), ("export", ["export_conversations"])):
            file = FIXTURES / f"{kind}.zip"
            file.unlink(missing_ok=True)
            site.manage(*command, str(file), *(["--with-keys"] if kind == "backup" else []))
        close(place / "site")
        copy_folder(place / "site", DATA)
        on_postgresql(place, FIXTURES / "backup.zip")
        expect(place / "copy")


if __name__ == "__main__":
    main()

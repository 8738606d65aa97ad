"""Commands of docs/deployment.md, run with a `docker` that runs them here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import prepared
from tests.e2e.product import ROOT, free_port

PAGE = ROOT / "docs" / "deployment.md"
DOCKER = """#!/bin/sh
[ "$1 $2 $3" = "compose -f deploy/compose.yaml" ] || exit 9
shift 3
case $1 in
    exec) shift 3 ;;
    run) shift 4 ;;
    *) exit 0 ;;
esac
cd "{root}" && exec "$@"
"""


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """The environment of a host whose containers are this machine, with the volume `data`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER.format(root=ROOT))
    (programs / "docker").chmod(0o755)
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python").chmod(0o755)
    (tmp_path / "data").mkdir()
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "DATA_DIR": str(tmp_path / "data"),
        "ENV_FILE": os.devnull,
        "PORT": str(free_port()),
    }


def block(first: str) -> str:
    """The lines of a shell block, from the one that begins so to the next empty one."""
    blocks = [text.split("```")[0] for text in PAGE.read_text().split("```sh\n")]
    [found] = [part for text in blocks for part in text.split("\n\n") if part.startswith(first)]
    return found


def run(script: str, shell: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    script = script.replace("/data/", f"{folder}/data/")
    command = ["sh", "-ec", script]
    return subprocess.run(
        command, cwd=folder, env=shell, capture_output=True, text=True, check=False
    )


BACKUP = "docker compose -f deploy/compose.yaml exec -T web sh"
RESTORE = "docker compose -f deploy/compose.yaml stop web"


def test_a_container_is_backed_up_and_restored_through_its_volume(
    shell: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(prepared.data_folder(), tmp_path / "data", symlinks=True, dirs_exist_ok=True)
    saved = run(block(BACKUP), shell, tmp_path)
    assert saved.returncode == 0, saved.stderr
    assert (tmp_path / "webchat.zip").read_bytes().startswith(b"PK")
    assert not (tmp_path / "data" / "b.zip").exists()

    restored = run(block(RESTORE), shell, tmp_path)
    assert restored.returncode == 0, restored.stderr
    assert "Restored:" in restored.stdout
    assert not (tmp_path / "data" / "b.zip").exists()


def test_a_backup_that_fails_says_so_to_who_called_it(
    shell: dict[str, str], tmp_path: Path
) -> None:
    """A crontab would keep an empty file as the backup."""
    assert run(block(BACKUP), shell, tmp_path).returncode != 0

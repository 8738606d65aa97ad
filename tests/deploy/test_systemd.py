"""The systemd unit, as far as it can be looked at where systemd does not run."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cluster.servers import program
from tests.e2e.product import ROOT
from webchat.settings.environment import Environment

UNIT = ROOT / "deploy" / "webchat@.service"
EXPOSURE = 15  # tenths; systemd calls everything up to 20 "OK"


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    tool = program("systemd-analyze", "systemd")
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    shutil.copy("/bin/true", python)
    copy = tmp_path / "webchat@1.service"
    copy.write_text(UNIT.read_text().replace("/opt/webchat", str(tmp_path)))
    return copy


def test_systemd_understands_every_line(unit: Path) -> None:
    done = analyze("verify", unit)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_line_that_systemd_does_not_know_would_be_told(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectHome=true", "ProtectHomes=true"))

    assert "ProtectHomes" in analyze("verify", unit).stderr


def test_the_sandbox_is_tight(unit: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", unit)

    assert done.returncode == 0, done.stdout


def test_its_settings_are_settings() -> None:
    names = re.findall(r"^#?Environment=(\w+)=", UNIT.read_text(), re.MULTILINE)

    assert names
    assert {name.removesuffix("_FILE") for name in names} - {"ENV_FILE"} - {"ENV"} <= (
        Environment.__dataclass_fields__.keys()
    )


def test_it_waits_as_long_as_an_orderly_end_takes() -> None:
    found = re.search(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)

    assert found
    assert int(found[1]) >= 15  # as docs/deployment.md says

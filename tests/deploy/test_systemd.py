"""The systemd units, as far as they can be looked at where systemd does not run."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cluster.servers import program
from tests.e2e.product import ROOT
from webchat.settings.environment import Environment, read_environment

UNIT = ROOT / "deploy" / "webchat@.service"
PRUNE = ROOT / "deploy" / "webchat-prune.service"
TIMER = ROOT / "deploy" / "webchat-prune.timer"
EXPOSURE = 15  # tenths; systemd calls everything up to 20 "OK"


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    tool = program("systemd-analyze", "systemd")
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """All of them, with a program that is there."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    shutil.copy("/bin/true", python)
    copies = []
    for shipped, name in (
        (UNIT, "webchat@1.service"),
        (PRUNE, PRUNE.name),
        (TIMER, TIMER.name),
    ):
        copies.append(tmp_path / name)
        copies[-1].write_text(shipped.read_text().replace("/opt/webchat", str(tmp_path)))
    return copies


@pytest.fixture
def unit(units: list[Path]) -> Path:
    return units[0]


def test_systemd_understands_every_line(units: list[Path]) -> None:
    done = analyze("verify", *units)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_line_that_systemd_does_not_know_would_be_told(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectHome=true", "ProtectHomes=true"))

    assert "ProtectHomes" in analyze("verify", unit).stderr


def test_the_sandbox_is_tight(units: list[Path]) -> None:
    for unit in units[:2]:
        done = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", unit)

        assert done.returncode == 0, done.stdout


def lines(unit: Path) -> list[str]:
    return [line for line in unit.read_text().splitlines() if line and not line.startswith("#")]


def section(unit: Path, name: str) -> list[str]:
    text = unit.read_text().split(f"[{name}]\n")[1].split("\n[")[0]
    return [line for line in text.splitlines() if "=" in line and not line.startswith("# ")]


def test_what_is_deleted_every_night_is_deleted_in_the_same_sandbox() -> None:
    own = {"Type", "Restart", "RestartSec", "TimeoutStopSec", "LimitNOFILE", "ExecStart", "Nice"}
    own |= {"RuntimeDirectory", "RuntimeDirectoryMode", "Environment=HOST"}

    def shared(unit: Path) -> list[str]:
        found = section(unit, "Service")
        return [line for line in found if not line.startswith(tuple(f"{name}=" for name in own))]

    assert shared(PRUNE) == shared(UNIT)
    assert "ExecStart=/opt/webchat/.venv/bin/python manage.py prune" in lines(PRUNE)


def test_it_comes_every_night_and_later_when_the_machine_was_off() -> None:
    assert section(TIMER, "Install") == ["WantedBy=timers.target"]
    assert "Persistent=true" in lines(TIMER)
    [calendar] = [line.removeprefix("OnCalendar=") for line in lines(TIMER) if "OnCal" in line]
    done = analyze("calendar", "--iterations=3", calendar)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("04:00:00") >= 3


def test_only_the_address_is_a_process_s_own() -> None:
    """All else stands in the file that a shell reads too, and is the same there."""
    names = re.findall(r"^Environment=(\w+)=", UNIT.read_text(), re.MULTILINE)

    assert names == ["ENV_FILE", "HOST"]


def documented_settings() -> str:
    """The lines that the documentation puts into /etc/webchat.env."""
    page = (ROOT / "docs" / "deployment.md").read_text()
    return page.split("cat > /etc/webchat.env <<'END'\n")[1].split("END\n")[0]


def test_the_file_of_settings_has_all_that_the_unit_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "webchat.env").write_text(documented_settings())
    for name in Environment.__dataclass_fields__:
        monkeypatch.delenv(name, raising=False)  # those of the tests
    monkeypatch.setenv("HOST", "unix:/run/webchat-1/webchat.sock")
    settings = read_environment(tmp_path / "webchat.env")

    assert settings.TRUSTED_PROXIES == 1
    assert settings.MEDIA_BY_NGINX is True
    assert Path("/var/lib/webchat") == settings.DATA_DIR
    assert "StateDirectory=webchat" in lines(UNIT)


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

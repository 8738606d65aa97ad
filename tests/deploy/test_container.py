"""The container: what cannot be built here is looked at, and what it would hold is started."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import prepared
from tests.deploy.dockerfile import (
    FILE,
    copied,
    environment,
    final_stage,
    instructions,
    is_sent,
)
from tests.e2e.product import ROOT, Product, free_port
from webchat.settings.environment import Environment

TOOLS = Path(sys.executable).parent
HEALTHCHECK = ROOT / "deploy" / "healthcheck.py"


def test_the_linter_has_nothing_to_say() -> None:
    done = subprocess.run([TOOLS / "hadolint", FILE], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_it_is_built_in_two_stages_and_runs_as_nobody_in_particular() -> None:
    stages = [one for one in instructions() if one.name == "FROM"]
    account = next(one.rest for one in final_stage() if one.name == "USER")

    assert len(stages) == 2
    assert all(":" in stage.rest and "latest" not in stage.rest for stage in stages)
    assert account == "10001:10001"  # a number, which Kubernetes can check
    assert final_stage()[-1].rest == '["python", "manage.py", "serve"]'
    assert [one for one in final_stage() if one.name == "HEALTHCHECK"]


def test_nothing_secret_can_get_in() -> None:
    assert [one for one in instructions() if one.name in {"ARG", "ADD"}] == []
    for name in (".env", ".git", "data", "data/secret-key", ".venv", "deploy/docker", "tests"):
        assert not is_sent(name)
    assert all(is_sent(source) for source, _ in copied())
    secret = {
        name for name, one in Environment.__dataclass_fields__.items() if one.metadata["secret"]
    }
    assert not secret & environment().keys()


def test_its_settings_are_settings() -> None:
    ours = {name for name in environment() if not name.startswith(("PYTHON", "PATH"))}

    assert ours <= Environment.__dataclass_fields__.keys()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The folder /app of the image."""
    app = tmp_path / "app"
    for source, destination in copied():
        target = app / destination
        target.parent.mkdir(parents=True, exist_ok=True)
        origin = ROOT / source
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, target)
    return app


@pytest.fixture
def product(image: Path, tmp_path: Path) -> Iterator[Product]:
    own = environment() | {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")}
    port = free_port()
    product = Product(tmp_path / "data", own | {"PORT": str(port)}, port=port, root=image).start()
    yield product
    product.end()


def snapshot(folder: Path) -> dict[str, int]:
    return {str(file): file.stat().st_mtime_ns for file in folder.rglob("*")}


def test_what_it_holds_is_enough_and_is_never_written_to(product: Product, image: Path) -> None:
    before = snapshot(image)
    session = product.create_administrator()
    check = subprocess.run(
        [sys.executable, HEALTHCHECK],
        env={"PORT": str(product.port), "HOST": "0.0.0.0"},  # noqa: S104
        capture_output=True,
        text=True,
        check=False,
    )

    assert session
    assert (check.returncode, check.stderr) == (0, "")
    assert snapshot(image) == before
    assert '"logger": "webchat.access"' in product.output


def healthcheck(**environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, HEALTHCHECK], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr.strip()


def test_the_health_check_finds_a_process_wherever_it_listens(tmp_path: Path) -> None:
    where = {"HOST": f"unix:{tmp_path}/s", "BASE_PATH": "/chat", "TRUSTED_PROXIES": "1"}
    shutil.copytree(prepared.data_folder(), tmp_path / "data", symlinks=True)
    product = Product(tmp_path / "data", where | {"ORIGINS": "https://chat.example.org"}).start()
    try:
        assert healthcheck(HOST=where["HOST"], BASE_PATH="chat/") == (0, "")
        assert healthcheck(HOST=where["HOST"]) == (
            1,
            "404 Nothing is here. The site begins at /chat/",
        )
    finally:
        product.end()
    assert healthcheck(HOST=where["HOST"])[0] == 1
    assert "no answer" in healthcheck(PORT=str(free_port()))[1]

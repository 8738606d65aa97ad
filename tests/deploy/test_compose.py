"""The compose file and the command that starts it; nobody runs Docker here."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.cluster.proxy import make_certificate
from tests.cluster.servers import program
from tests.e2e.product import ROOT
from webchat.settings.environment import Environment, read_environment

FILE = ROOT / "deploy" / "compose.yaml"
TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return YAML(typ="safe").load(FILE.read_text())  # type: ignore[no-any-return]


def test_it_fits_the_schema_of_compose_files() -> None:
    tool = [TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", FILE]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_service_is_shut_in(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert "docker.sock" not in str(service), name
        if name != "postgres":  # which becomes its own account by itself
            assert service["cap_drop"] == ["ALL"], name
        assert re.search(r":\d", service["image"]) or "build" in service, name


def test_only_nginx_is_reached_from_outside(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert [name for name, one in services.items() if "ports" in one] == ["nginx"]
    assert compose["networks"]["back"]["internal"] is True
    assert services["postgres"]["networks"] == services["redis"]["networks"] == ["back"]
    assert "back" not in services["nginx"]["networks"]


def test_keys_are_out_of_reach_of_nginx_and_secrets_come_from_files(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    mounted = {volume.split(":")[0] for volume in services["nginx"]["volumes"]}

    assert not mounted & {"data", "postgres"}
    assert all(volume.endswith(":ro") for volume in services["nginx"]["volumes"])
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD|KEY|TOKEN|DATABASE_URL", name) or value.startswith(
                "/run/"
            )
        assert set(service.get("secrets", [])) <= compose["secrets"].keys()


def test_its_settings_are_settings(compose: dict[str, Any]) -> None:
    names = {name.removesuffix("_FILE") for name in compose["services"]["web"]["environment"]}

    assert names <= Environment.__dataclass_fields__.keys()


def test_everything_waits_for_what_it_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[other] or "build" in services[other]


# --- The command ---


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    """A folder like ours, for the command to write into."""
    shutil.copytree(
        ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("docker", "__pycache__")
    )
    return tmp_path / "deploy"


def prepare(deploy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-u", deploy / "docker.sh", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def contents(deploy: Path) -> dict[str, str]:
    return {
        str(file.relative_to(deploy)): file.read_text()
        for file in (deploy / "docker").rglob("*")
        if file.is_file()
    }


def test_it_makes_what_the_compose_file_names(deploy: Path, compose: dict[str, Any]) -> None:
    program("openssl", "openssl")
    done = prepare(deploy, "--prepare", "chat.example.net")

    assert done.returncode == 0, done.stderr
    assert "it signs itself" in done.stdout
    named = set(re.findall(r"\./(docker/[\w./-]+)", FILE.read_text()))
    assert {name for name in named if not (deploy / name).exists()} == set()
    assert stat.S_IMODE((deploy / "docker").stat().st_mode) == 0o700
    settings = read_environment(deploy / "docker" / "webchat.env")
    assert settings.ORIGINS == ["https://chat.example.net"]


def test_its_secrets_are_settings_that_hold(deploy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(deploy, "--prepare", "chat.example.net")
    for name in ("DATABASE_URL", "METRICS_TOKEN"):
        monkeypatch.setenv(f"{name}_FILE", str(deploy / "docker" / "secrets" / name.lower()))
    settings = read_environment(Path("/nowhere"))
    password = (deploy / "docker" / "secrets" / "database_password").read_text()

    assert settings.DATABASE_URL is not None
    assert settings.DATABASE_URL["PASSWORD"] == password
    assert len(password) == 48
    assert settings.METRICS_TOKEN not in ("", password)


def test_a_second_time_changes_no_secret_and_takes_the_new_configuration(deploy: Path) -> None:
    prepare(deploy, "--prepare", "chat.example.net")
    before = contents(deploy)
    with (deploy / "nginx.conf").open("a") as shipped:
        shipped.write("# of the next release\n")
    done = prepare(deploy, "--prepare", "chat.example.net")
    after = contents(deploy)

    assert "it signs itself" not in done.stdout
    assert after.pop("docker/nginx.conf").endswith("# of the next release\n")
    before.pop("docker/nginx.conf")
    assert after == before


def test_another_name_has_to_be_an_origin_first(deploy: Path) -> None:
    prepare(deploy, "--prepare", "chat.example.net")
    done = prepare(deploy, "--prepare", "talk.example.net")
    assert done.returncode == 1
    assert "does not name https://talk.example.net" in done.stderr

    settings = deploy / "docker" / "webchat.env"
    settings.write_text("ORIGINS=https://chat.example.net,https://talk.example.net\n")
    assert prepare(deploy, "--prepare", "talk.example.net").returncode == 0
    assert prepare(deploy, "--prepare", "chat.example.net").returncode == 0


def test_nginx_takes_the_configuration_it_makes(deploy: Path, tmp_path: Path) -> None:
    prepare(deploy, "--prepare", "chat.example.net")
    made = (deploy / "docker" / "nginx.conf").read_text()
    assert "chat.example.org" not in made
    assert "server web:8000 max_fails=0;" in made
    assert made.count("server web") == 1

    make_certificate(tmp_path / "fullchain.pem", tmp_path / "privkey.pem")
    here = made.replace("/etc/nginx/certificates", str(tmp_path)).replace("web:8000", "127.0.0.1:9")
    (tmp_path / "site.conf").write_text(here)
    (tmp_path / "main.conf").write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ include site.conf; }}"
    )
    nginx = [program("nginx", "nginx"), "-t", "-e", "stderr", "-c", tmp_path / "main.conf"]
    done = subprocess.run(nginx, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"listen (\S+)", made)) == {"8080;", "8443"}


@pytest.mark.parametrize(
    "arguments", [[], ["a", "b"], ["chat.example.org/x"], ["$(reboot)"], ["--prepare"]]
)
def test_what_is_no_name_is_refused(deploy: Path, arguments: list[str]) -> None:
    done = prepare(deploy, *arguments)

    assert done.returncode == 2
    assert not (deploy / "docker").exists()

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


def test_no_log_fills_the_disk(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["logging"]["driver"] in {"local", "json-file"}, name
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys(), name


def test_a_database_that_is_being_made_is_not_ready(compose: dict[str, Any]) -> None:
    """Its server listens at the Unix socket alone until then."""
    assert "--host=127.0.0.1" in compose["services"]["postgres"]["healthcheck"]["test"]


def test_the_number_of_processes_stays_over_an_update(compose: dict[str, Any]) -> None:
    assert compose["services"]["web"]["scale"] == "${WEB_PROCESSES:-1}"


def test_the_doctor_has_the_certificate_and_not_its_key(compose: dict[str, Any]) -> None:
    mounted = [one for one in compose["services"]["web"]["volumes"] if "certificate" in one]

    assert mounted == ["./docker/certificates/fullchain.pem:/certificate.pem:ro"]


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
        ROOT / "deploy",
        tmp_path / "deploy",
        ignore=shutil.ignore_patterns("docker", ".env", "__pycache__"),
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


def for_this_nginx(made: str, folder: Path) -> str:
    """With the files that are here; Debian's nginx asks for an address once."""
    assert "    zone webchat_servers 64k;\n    server web:8000 resolve max_fails=0;\n" in made
    made = made.replace("web:8000 resolve", "127.0.0.1:9")
    return made.replace("/etc/nginx/certificates", str(folder))


def test_nginx_takes_the_configuration_it_makes(deploy: Path, tmp_path: Path) -> None:
    prepare(deploy, "--prepare", "chat.example.net")
    made = (deploy / "docker" / "nginx.conf").read_text()
    assert "chat.example.org" not in made
    assert made.count("server web") == 1

    make_certificate(tmp_path / "fullchain.pem", tmp_path / "privkey.pem")
    (tmp_path / "site.conf").write_text(for_this_nginx(made, tmp_path))
    main = (deploy / "nginx-main.conf").read_text()
    assert "resolver 127.0.0.11 valid=5s" in main
    for old, new in {
        "/etc/nginx/conf.d/*.conf": "site.conf",
        "/run/nginx.pid": f"{tmp_path}/pid",
        "/var/cache/nginx/": f"{tmp_path}/",
    }.items():
        assert old in main
        main = main.replace(old, new)
    (tmp_path / "main.conf").write_text(main)
    nginx = [program("nginx", "nginx"), "-t", "-e", "stderr", "-c", tmp_path / "main.conf"]
    done = subprocess.run(nginx, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"listen (\S+)", made)) == {"8080;", "8443"}


def test_nginx_has_room_for_as_many_pages_as_it_may_open_files(compose: dict[str, Any]) -> None:
    main = (ROOT / "deploy" / "nginx-main.conf").read_text()
    found = re.search(r"worker_connections (\d+);", main)
    limit = compose["services"]["nginx"]["ulimits"]["nofile"]

    assert found
    assert 4096 <= int(found[1]) <= limit
    assert f"worker_rlimit_nofile {limit};" in main
    assert "./nginx-main.conf:/etc/nginx/nginx.conf:ro" in compose["services"]["nginx"]["volumes"]


FAKE = """#!/bin/sh
echo "$@" >>"{log}"
"""


def fake_programs(folder: Path, *names: str) -> dict[str, str]:
    """A PATH with what the command needs, and a `docker` that writes down what it is told."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name) or name)
    docker = folder / "docker"
    docker.write_text(FAKE.format(log=folder / "log"))
    docker.chmod(0o755)
    return {"PATH": str(folder)}


PROGRAMS = ("sh", "dirname", "mkdir", "chmod", "cat", "mv", "grep", "sed")


def test_nginx_takes_a_new_configuration_with_every_update(deploy: Path, tmp_path: Path) -> None:
    path = fake_programs(tmp_path / "bin", *PROGRAMS, "openssl")
    command = ["sh", deploy / "docker.sh", "chat.example.net"]
    done = subprocess.run(command, env=path, capture_output=True, text=True, check=False)
    asked = (tmp_path / "bin" / "log").read_text().splitlines()

    assert done.returncode == 0, done.stderr
    assert " up " in asked[0]
    assert "--scale" not in asked[0]
    assert " exec -T nginx sh -c " in asked[1]
    assert asked[1].endswith("nginx -t -q && nginx -s reload")


def test_it_keeps_the_number_of_processes(deploy: Path) -> None:
    (deploy / ".env").write_text("WEB_PROCESSES=3\n")
    prepare(deploy, "--prepare", "chat.example.net")

    assert (deploy / ".env").read_text() == "WEB_PROCESSES=3\n"


def test_without_openssl_nothing_is_written(deploy: Path, tmp_path: Path) -> None:
    path = fake_programs(tmp_path / "bin", *PROGRAMS)
    command = ["sh", deploy / "docker.sh", "chat.example.net"]
    done = subprocess.run(command, env=path, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "openssl" in done.stderr
    assert not (deploy / "docker").exists()


def test_an_openssl_that_fails_leaves_no_empty_secret(deploy: Path, tmp_path: Path) -> None:
    path = fake_programs(tmp_path / "bin", *PROGRAMS)
    (tmp_path / "bin" / "openssl").symlink_to("/bin/false")
    command = ["sh", deploy / "docker.sh", "--prepare", "chat.example.net"]
    done = subprocess.run(command, env=path, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert not list((deploy / "docker" / "secrets").iterdir())


@pytest.mark.parametrize(
    "arguments", [[], ["a", "b"], ["chat.example.org/x"], ["$(reboot)"], ["--prepare"]]
)
def test_what_is_no_name_is_refused(deploy: Path, arguments: list[str]) -> None:
    done = prepare(deploy, *arguments)

    assert done.returncode == 2
    assert not (deploy / "docker").exists()

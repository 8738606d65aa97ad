"""The doctor at a real nginx: nothing to say of the shipped one, and the cure for broken ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.doctors import Doctor, Examined, examine_once
from tests.cluster.installation import Installation
from tests.cluster.intervals import PINGED_SECONDS
from tests.cluster.proxy import Nginx, make_certificate

HOST = "proxy_set_header Host $http_host;"
PROTO = "proxy_set_header X-Forwarded-Proto $scheme;"
ADDRESS = "proxy_set_header X-Forwarded-For $remote_addr;"
UPGRADE = "proxy_set_header Upgrade $webchat_upgrade;"
CONNECTION = "proxy_set_header Connection $webchat_connection;"
ROOT_PATH = 'proxy_set_header Daphne-Root-Path "";'
VERSION = "proxy_http_version 1.1;"
SILENCE = "proxy_read_timeout 75s;"
BODY = "client_max_body_size 165m;"
PASS = "proxy_pass http://webchat;"


@dataclass(frozen=True)
class Broken:
    """What is replaced in the shipped file, what the doctor looks at, and the line it names."""

    name: str
    changes: dict[str, str]
    what: str
    cure: str
    patience: float = 0.2


BROKEN = [
    Broken("no upgrade", {UPGRADE: ""}, "Websocket", "proxy_set_header Upgrade $http_upgrade;"),
    Broken(
        "no connection header",
        {CONNECTION: ""},
        "Websocket",
        'proxy_set_header Connection "upgrade";',
    ),
    Broken("HTTP/1.0", {VERSION: "proxy_http_version 1.0;"}, "HTTP version", VERSION),
    Broken("another host", {HOST: "proxy_set_header Host $proxy_host;"}, "Host", HOST),
    Broken("a host without its port", {HOST: "proxy_set_header Host $host;"}, "Host", HOST),
    Broken("no scheme", {PROTO: 'proxy_set_header X-Forwarded-Proto "";'}, "Scheme", PROTO),
    Broken("a scheme that anybody sets", {PROTO: ""}, "Scheme", PROTO),
    Broken(
        "no addresses",
        {ADDRESS: 'proxy_set_header X-Forwarded-For "";'},
        "Addresses of people",
        ADDRESS,
    ),
    Broken("addresses that anybody sets", {ADDRESS: ""}, "Addresses of people", ADDRESS),
    Broken("a path that anybody sets", {ROOT_PATH: ""}, "Daphne-Root-Path", ROOT_PATH),
    Broken(
        "no cookies",
        {HOST: f'{HOST} proxy_set_header Cookie "";'},
        "Cookies",
        "proxy_set_header Cookie $http_cookie;",
    ),
    Broken(
        "no origin",
        {HOST: f'{HOST} proxy_set_header Origin "";'},
        "Origin",
        "proxy_set_header Origin $http_origin;",
    ),
    Broken("small bodies", {BODY: "client_max_body_size 1m;"}, "Uploads", "client_max_body_size"),
    Broken("impatience", {SILENCE: "proxy_read_timeout 1s;"}, "Silence", SILENCE, patience=3),
    Broken(
        "held back",
        {HOST: f"{HOST} proxy_ignore_headers X-Accel-Buffering; proxy_buffering on;"},
        "Pieces",
        "proxy_buffering off;",
    ),
    Broken(
        "a socket that asks for a password",
        {f"{SILENCE}\n": f"{SILENCE} return 401;\n"},
        "Websocket",
        "location ~ /ws/$",
    ),
    Broken(
        "another path",
        {"location / {": "location / { rewrite ^/$ /elsewhere/ break;"},
        "Path",
        PASS,
    ),
    Broken(
        "pictures elsewhere",
        {"/media/$webchat_file;": "/nowhere/$webchat_file;"},
        "Pictures",
        "alias",
    ),
    Broken(
        "nobody behind", {"server 127.0.0.1": "server 127.0.0.9"}, "Address", "upstream webchat"
    ),
]


@dataclass
class Clinic:
    installation: Installation
    nginx: Nginx
    doctor: Doctor

    def examine(self, changes: dict[str, str], patience: float = 0.2) -> Examined:
        """What the doctor finds with a changed file in nginx."""
        with self.serving(changes):
            return self.doctor.examine(*self.options(patience))

    def options(self, patience: float = 0.2, trusted: Path | None = None) -> tuple[str, ...]:
        certificate = str(trusted or self.nginx.certificate)
        return "--trust", certificate, "--patience", str(patience)

    @contextmanager
    def serving(self, changes: dict[str, str] | None = None) -> Iterator[None]:
        self.nginx.changes = changes or {}
        self.nginx.start()
        try:
            yield
        finally:
            self.nginx.stop()


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder: Path = tmp_path_factory.mktemp("clinic")
    (folder / "nginx").mkdir()
    nginx = Nginx(folder / "nginx", [], folder / "data")
    installation = Installation(
        folder / "data", nginx.origin, TRUSTED_PROXIES="1", MEDIA_BY_NGINX="true"
    )
    nginx.behind = installation.addresses[:1]
    installation.prepare()
    installation.start()
    doctor = Doctor(installation)
    yield Clinic(installation, nginx, doctor)
    doctor.end()
    installation.end()


def test_the_shipped_configuration_is_in_good_health(clinic: Clinic) -> None:
    with clinic.serving():
        options = clinic.options(PINGED_SECONDS)
        status, findings = examine_once(clinic.installation, *options)
    unwell = [each for each in findings if each["level"] != "good"]
    assert [each["what"] for each in unwell] in ([], ["Certificate"])  # ours is short-lived
    assert {each["what"] for each in findings} >= {each.what for each in BROKEN} - {"Certificate"}
    assert status == 0


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_broken_configuration_is_found_and_its_cure_named(clinic: Clinic, broken: Broken) -> None:
    status, findings = clinic.examine(broken.changes, broken.patience)
    ill = {each["what"]: each for each in findings if each["level"] != "good"}
    assert broken.what in ill, ill
    assert broken.cure in ill[broken.what]["cure"]
    assert status == any(each["level"] == "wrong" for each in findings)


def test_what_the_system_trusts_is_trusted_besides(clinic: Clinic, tmp_path: Path) -> None:
    """In a container the certificate is always given to the doctor, whatever signed it."""
    make_certificate(tmp_path / "other.pem", tmp_path / "key.pem")
    options = clinic.options(trusted=tmp_path / "other.pem")
    system = str(clinic.nginx.certificate)
    with clinic.serving():
        _, findings = examine_once(clinic.installation, *options, SSL_CERT_FILE=system)
    assert {each["level"] for each in findings if each["what"] == "Address"} == {"good"}


def test_the_cure_for_a_second_proxy_before_nginx_is_named(clinic: Clinic) -> None:
    """Two proxies are counted as two, but nginx sends one address."""
    with clinic.serving():
        options = clinic.options()
        _, findings = examine_once(clinic.installation, *options, TRUSTED_PROXIES="2")
    [address] = [each for each in findings if each["what"] == "Addresses of people"]
    assert address["level"] == "wrong"
    assert "set_real_ip_from" in address["cure"]
    assert "TRUSTED_PROXIES=1" in address["cure"]


def test_without_a_proxy_in_front_nothing_is_wrong_but_the_settings(clinic: Clinic) -> None:
    """The way in is the process itself, which trusts a proxy that is not there."""
    origin = f"http://localhost:{clinic.installation.ports[0]}"
    _, findings = clinic.doctor.examine("--patience", "0.2", "--origin", origin)
    ill = {each["what"] for each in findings if each["level"] == "wrong"}
    assert ill == {"Scheme", "Addresses of people", "Origin", "Pictures"}

"""`manage.py serve` as people see it: what it says, and what it does about trouble."""

import io
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import override_settings

from tests import prepared as shared
from tests.commands import Commands
from tests.e2e.product import NAME, ROOT, Product, Visitor
from webchat.management.commands.serve import Command
from webchat.management.serving.address import AddressProblem, check_address

STRANGER = 65534  # nobody


def start(data: Path, **environment: str) -> Product:
    return Product(data, environment).start()


def refused(data: Path, **environment: str) -> str:
    """What a product says that does not even start."""
    product = Product(data, environment)
    product.launch()
    assert product.process is not None
    assert product.process.wait(60) == 1
    product.end()
    assert "Traceback" not in product.output
    assert "Webchat cannot start.\n\n" in product.output
    return product.output


@dataclass
class Together:
    """Products that started at the same moment on an empty data folder, and run.

    `statuses` are the answers to the links that they printed.
    """

    products: list[Product]
    statuses: list[int]


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Together]:
    data = tmp_path_factory.mktemp("together") / "data"
    products = [Product(data) for _ in range(3)]
    try:
        for product in products:
            product.launch()
        for product in products:
            product.wait_for("(Ctrl-C ends it)")
        visitors = [(Visitor(product.url), product.setup_link) for product in products]
        yield Together(products, [visitor.ask(link)[0] for visitor, link in visitors])
    finally:
        for product in products:
            product.end()


def test_processes_that_start_at_the_same_moment_wait_for_one_another(together: Together) -> None:
    said = [product.output for product in together.products]
    assert sum("The database is ready." in output for output in said) == 1
    assert sum("The static files are ready." in output for output in said) == 1
    assert any("Another process prepares the data folder" in output for output in said)


def test_a_first_start_prepares_everything_and_prints_the_way_in(together: Together) -> None:
    [first] = [one for one in together.products if "The database is ready." in one.output]
    assert "The static files are ready." in first.output
    assert f"Webchat is at http://localhost:{first.port}" in first.output
    assert "This link creates one; it works once" in first.output


def test_only_the_link_of_the_last_start_is_worth_something(together: Together) -> None:
    assert len({product.setup_link.split("/setup/")[1] for product in together.products}) == 3
    assert sorted(together.statuses) == [200, 410, 410]


def test_a_new_link_can_be_printed_and_only_while_it_is_needed(together: Together) -> None:
    product = together.products[0]
    with Commands(product.full_environment()) as commands:
        link = commands.run("setup_link").stdout.strip()
        assert link.startswith(f"http://localhost:{product.port}/setup/")

        Visitor(product.url).create_administrator(link)
        refusal = commands.run("setup_link")
        assert refusal.returncode != 0
        assert "Traceback" not in refusal.stderr


@dataclass
class Entered:
    """A data folder whose administrator came through the printed link.

    `page` is what they saw, `status` the answer to the link afterwards.
    """

    data: Path
    page: str
    status: int


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> Entered:
    data = tmp_path_factory.mktemp("serve") / "data"
    shutil.copytree(shared.data_folder(), data, symlinks=True)
    product = start(data)
    try:
        visitor = Visitor(product.url)
        visitor.create_administrator(product.setup_link)
        page = visitor.get(f"{product.url}/")
        return Entered(data, page, Visitor(product.url).ask(product.setup_link)[0])
    finally:
        product.end()


@pytest.fixture(scope="module")
def prepared(entered: Entered) -> Path:
    """A data folder whose administrator exists already."""
    return entered.data


def test_the_printed_link_creates_the_administrator_and_works_once(entered: Entered) -> None:
    assert NAME in entered.page
    assert entered.status == 410


@pytest.fixture(scope="module")
def second(prepared: Path) -> Iterator[tuple[Product, float]]:
    """With nothing set, and the seconds from its start to its first page."""
    product = Product(prepared)
    began = time.monotonic()
    product.start()
    try:
        Visitor(product.url).get(f"{product.url}/accounts/login/")
        yield product, time.monotonic() - began
    finally:
        product.end()


@pytest.fixture
def product(second: tuple[Product, float]) -> Product:
    return second[0]


def test_a_second_start_does_nothing_twice_and_is_quick(second: tuple[Product, float]) -> None:
    product, took = second
    assert "ready." not in product.output
    assert "/setup/" not in product.output
    assert took < 10  # three seconds on an idle machine; other tests may share this one


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused(tmp_path, PORT=str(port))

    assert f"Port {port} is taken" in said
    assert "make run PORT=" in said


def test_an_address_of_another_computer_is_said() -> None:
    with pytest.raises(AddressProblem, match=r"HOST=192\.0\.2\.1 is not an address of this com"):
        check_address("192.0.2.1", 8000)


@pytest.fixture
def socket_folder() -> Iterator[Path]:
    """A short path: that of a Unix socket has 107 characters at most."""
    with tempfile.TemporaryDirectory(prefix="webchat-") as name:
        yield Path(name)


def ask_socket(path: Path, **headers: str) -> str:
    """What the process at a Unix socket answers to a request for the sign-in page."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        request = f"GET /accounts/login/ HTTP/1.1\r\nConnection: close\r\n{lines}\r\n"
        connection.sendall(request.encode())
        with connection.makefile("rb") as answer:
            return answer.read().decode()


def test_it_listens_at_a_unix_socket_and_sigterm_ends_it_quietly(
    prepared: Path, socket_folder: Path
) -> None:
    path = socket_folder / "webchat.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))  # what a process leaves behind that was killed
    where = {"HOST": f"unix:{path}", "ORIGINS": "https://chat.example.org", "TRUSTED_PROXIES": "1"}
    product = start(prepared, **where)
    try:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        forwarded = {"X_Forwarded_For": "198.51.100.7", "X_Forwarded_Proto": "https"}
        assert "200 OK" in ask_socket(path, Host="chat.example.org", **forwarded)
        product.wait_for("198.51.100.7 GET /accounts/login/ -> 200")
        with pytest.raises(AddressProblem, match="taken: another program"):
            check_address(where["HOST"], 8000)
    finally:
        status = product.end(signal.SIGTERM)
    assert not path.exists()
    assert_quiet_end(product, status)


def assert_quiet_end(product: Product, status: int) -> None:
    assert status == 0
    assert "Traceback" not in product.output


def test_a_unix_socket_that_cannot_be_is_said(tmp_path: Path) -> None:
    where = {"HOST": "unix:/nowhere/webchat.sock", "ORIGINS": "https://chat.example.org"}

    with pytest.raises(AddressProblem, match="there is no folder /nowhere"):
        check_address(where["HOST"], 8000)
    assert "TRUSTED_PROXIES is 0" in refused(tmp_path, **where)


def test_it_listens_over_ipv6_and_ctrl_c_ends_it_quietly(prepared: Path) -> None:
    product = start(prepared, HOST="::1")
    try:
        assert Visitor("").ask(f"http://[::1]:{product.port}/healthz")[0] == 200
    finally:
        status = product.end(signal.SIGINT)
    assert_quiet_end(product, status)


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_text("a file stands in its place")

    said = refused(data)

    assert f"DATA_DIR names the folder {data}, which cannot be used" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_data_folder_of_somebody_else_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    code = (
        f"import os; os.setuid({STRANGER})\n"
        "from pathlib import Path\n"
        "from webchat.settings.environment import SettingsError\n"
        "from webchat.settings.keys import prepare_folder\n"
        "try: prepare_folder(Path('data'))\n"
        "except SettingsError as error: print(error)"
    )
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import webchat.settings\n{code}"
    environment = os.environ | {"ENV_FILE": "/dev/null", "DATA_DIR": str(tmp_path / "mine")}
    tmp_path.chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "it cannot be written" in done.stdout, done.stderr


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    said = refused(tmp_path / "data", DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/db")

    assert "The database does not answer" in said


@pytest.fixture(scope="module")
def below(prepared: Path) -> Iterator[Product]:
    """Under a base path, at every address of this computer, with no origin set."""
    product = start(prepared, BASE_PATH="/chat", HOST="0.0.0.0")  # noqa: S104
    yield product
    product.end()


def test_under_a_base_path_everything_is_below_it(below: Product) -> None:
    assert f"Webchat is at http://localhost:{below.port}/chat" in below.output
    page = Visitor(below.url).get(f"{below.url}/")
    assert 'action="/chat/accounts/login/"' in page
    assert 'href="/chat/static/' in page
    stylesheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
    origin = f"http://localhost:{below.port}"
    _, headers, _ = Visitor(origin).ask(origin + stylesheet)
    assert headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert Visitor(origin).ask(f"{origin}/accounts/login/")[0] == 404


def announced(host: str, *origins: str) -> str:
    command = Command(stdout=io.StringIO())
    command.link = ""
    with override_settings(HOST=host, ORIGINS=origins):
        command.announce()
    return str(command.stdout.getvalue())


def test_other_computers_without_an_origin_are_warned_about(below: Product) -> None:
    warning = "ORIGINS names none of the addresses they use"
    every = "0.0.0.0"  # noqa: S104

    assert warning in below.output
    assert warning in announced(every, "http://localhost:8000")
    assert "ORIGINS" not in announced(every, "http://chat.example.org")


def test_a_refused_host_is_one_line_in_the_log(product: Product) -> None:
    with socket.create_connection(("127.0.0.1", product.port)) as raw:
        raw.sendall(b"GET /setup/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert b"400" in raw.recv(100)
    product.wait_for("GET /setup/ -> 400")

    assert "Invalid HTTP_HOST header: 'evil.example'. You may need to add" in product.output
    assert "ORIGINS" in product.output
    assert "Traceback" not in product.output


def test_the_log_has_no_query_strings(product: Product) -> None:
    Visitor(product.url).get(f"{product.url}/healthz?token=swordfish")
    product.wait_for("GET /healthz -> 200")

    assert "swordfish" not in product.output

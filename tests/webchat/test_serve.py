"""`manage.py serve` as people see it: what it says, and what it does about trouble."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.product import NAME, ROOT, Product, Visitor

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


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose administrator exists already."""
    data = tmp_path_factory.mktemp("serve") / "data"
    product = start(data)
    product.create_administrator()
    product.end()
    return data


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    product = start(tmp_path / "data")
    yield product
    product.end()


def test_a_first_start_prepares_everything_and_prints_the_way_in(product: Product) -> None:
    assert "The database is ready." in product.output
    assert "The static files are ready." in product.output
    assert f"Webchat is at http://localhost:{product.port}" in product.output
    assert "This link creates one; it works once" in product.output

    visitor = Visitor(product.url)
    visitor.create_administrator(product.setup_link)
    assert NAME in visitor.get(f"{product.url}/")

    assert Visitor(product.url).ask(product.setup_link)[0] == 410


def test_the_link_of_an_earlier_start_is_worth_nothing(tmp_path: Path) -> None:
    first = start(tmp_path / "data")
    old = first.setup_link
    first.end()

    second = Product(tmp_path / "data", port=first.port).start()
    try:
        assert second.setup_link != old
        assert Visitor(second.url).ask(old)[0] == 410
        assert Visitor(second.url).ask(second.setup_link)[0] == 200
    finally:
        second.end()


def test_a_second_start_does_nothing_twice_and_is_quick(prepared: Path) -> None:
    product = Product(prepared)
    began = time.monotonic()
    product.start()
    try:
        Visitor(product.url).get(f"{product.url}/accounts/login/")
        took = time.monotonic() - began
        assert "ready." not in product.output
        assert "/setup/" not in product.output
        assert took < 10  # three seconds on an idle machine; other tests may share this one
    finally:
        product.end()


def test_processes_that_start_at_the_same_moment_wait_for_one_another(tmp_path: Path) -> None:
    products = [Product(tmp_path / "data") for _ in range(3)]
    try:
        for product in products:
            product.launch()
        for product in products:
            product.wait_for("(Ctrl-C ends it)")
        said = [product.output for product in products]
        assert sum("The database is ready." in output for output in said) == 1
        assert sum("The static files are ready." in output for output in said) == 1
        assert any("Another process prepares the data folder" in output for output in said)
    finally:
        for product in products:
            product.end()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ending_it_is_quiet(prepared: Path, how: signal.Signals) -> None:
    product = start(prepared)

    status = product.end(how)

    assert status == 0
    assert "Traceback" not in product.output


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused(tmp_path, PORT=str(port))

    assert f"Port {port} is taken" in said
    assert "make run PORT=" in said


def test_an_address_of_another_computer_is_said(tmp_path: Path) -> None:
    assert "HOST=192.0.2.1 is not an address of this computer" in refused(
        tmp_path, HOST="192.0.2.1"
    )


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


def test_it_listens_at_a_unix_socket(prepared: Path, socket_folder: Path) -> None:
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
        assert "taken: another program" in refused(prepared, **where)
    finally:
        product.end()
    assert not path.exists()


def test_a_unix_socket_that_cannot_be_is_said(tmp_path: Path) -> None:
    where = {"HOST": "unix:/nowhere/webchat.sock", "ORIGINS": "https://chat.example.org"}

    assert "there is no folder /nowhere" in refused(tmp_path, **where, TRUSTED_PROXIES="1")
    assert "TRUSTED_PROXIES is 0" in refused(tmp_path, **where)


def test_it_listens_over_ipv6(prepared: Path) -> None:
    product = start(prepared, HOST="::1")
    try:
        assert Visitor("").ask(f"http://[::1]:{product.port}/healthz")[0] == 200
    finally:
        product.end()


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


def test_under_a_base_path_everything_is_below_it(prepared: Path) -> None:
    product = start(prepared, BASE_PATH="/chat")
    try:
        assert f"Webchat is at http://localhost:{product.port}/chat" in product.output
        page = Visitor(product.url).get(f"{product.url}/")
        assert 'action="/chat/accounts/login/"' in page
        assert 'href="/chat/static/' in page
        stylesheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
        origin = f"http://localhost:{product.port}"
        _, headers, _ = Visitor(origin).ask(origin + stylesheet)
        assert headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert Visitor(origin).ask(f"{origin}/accounts/login/")[0] == 404
    finally:
        product.end()


def test_other_computers_without_an_origin_are_warned_about(prepared: Path) -> None:
    closed = start(prepared, HOST="0.0.0.0")  # noqa: S104
    closed.end()
    opened = start(prepared, HOST="0.0.0.0", ORIGINS="http://chat.example.org")  # noqa: S104
    opened.end()

    assert "ORIGINS names none of the addresses they use" in closed.output
    assert "ORIGINS" not in opened.output


def test_a_refused_host_is_one_line_in_the_log(prepared: Path) -> None:
    product = start(prepared)
    try:
        with socket.create_connection(("127.0.0.1", product.port)) as raw:
            raw.sendall(b"GET /setup/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            assert b"400" in raw.recv(100)
        product.wait_for("GET /setup/ -> 400")
    finally:
        product.end()

    assert "Invalid HTTP_HOST header: 'evil.example'. You may need to add" in product.output
    assert "ORIGINS" in product.output
    assert "Traceback" not in product.output


def test_the_log_has_no_query_strings(prepared: Path) -> None:
    product = start(prepared)
    try:
        Visitor(product.url).get(f"{product.url}/healthz?token=swordfish")
        product.wait_for("GET /healthz -> 200")
    finally:
        product.end()

    assert "swordfish" not in product.output


def test_a_new_link_can_be_printed_and_only_while_it_is_needed(product: Product) -> None:
    link = product.manage("setup_link").strip()
    assert link.startswith(f"http://localhost:{product.port}/setup/")

    Visitor(product.url).create_administrator(link)
    with pytest.raises(subprocess.CalledProcessError):
        product.manage("setup_link")

"""The real product as a process of its own: started, asked, ended."""

import http.cookiejar
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60  # a busy machine, the first migration and all static files
NAME, PASSWORD = "ada", "wild-geese-over-the-lake"
COOKIE = "webchat_session"
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST_PORT = 20_000  # below lie the well-known ones
SLICES = 8  # of the ports: each worker of pytest-xdist has one
_given: set[int] = set()


def free_port() -> int:
    """A port that nothing listens at, and that nothing else gets before the caller listens.

    Connections have ephemeral ports as their own end, other workers have other slices.
    """
    lowest = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 0
    ports = range(LOWEST_PORT, max(lowest, LOWEST_PORT + 1000))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1
    own = ports[worker % SLICES :: SLICES]
    for _ in range(100):
        port = secrets.choice(own)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError("there is no free port")


@dataclass
class Product:
    """`manage.py serve` with a data folder and an environment of its own."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    output: str = ""
    process: subprocess.Popen[str] | None = None
    session: str = ""  # of the administrator, once there is one
    root: Path = ROOT  # where the program lies

    def __post_init__(self) -> None:
        self._said = threading.Condition()

    @property
    def url(self) -> str:
        """The address of the site, without a slash at its end."""
        return f"http://localhost:{self.port}{self.environment.get('BASE_PATH', '')}"

    @property
    def setup_link(self) -> str:
        found = re.search(r"http\S+/setup/\S+", self.output)
        return found[0] if found else ""

    def full_environment(self) -> dict[str, str]:
        own = {
            "ENV_FILE": "/dev/null",
            "DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "LOCAL_SERVERS": "false",
            "LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",
        }
        # Each product has a database of its own, unless the test says otherwise.
        outside = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
        return outside | own | self.environment

    def launch(self) -> None:
        """Start the process and listen to what it says, without waiting for anything."""
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=self.root,
            env=self.full_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(self) -> "Product":
        self.launch()
        try:
            self.wait_for("(Ctrl-C ends it)")
        except BaseException:
            self.end(signal.SIGKILL)
            raise
        return self

    def wait_for(self, text: str, seconds: float = START_SECONDS) -> None:
        """Wait until the process has said `text`; a process that ends before is a failure."""
        with self._said:
            done = self._said.wait_for(
                lambda: text in self.output or not self._listener.is_alive(), seconds
            )
        if not done or text not in self.output:
            raise AssertionError(f"the product never said {text!r}, but:\n{self.output}")

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """Send a signal and wait; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self._listener.join(seconds)
        return status

    def create_administrator(self) -> str:
        """Go through the printed link; the session of the new administrator."""
        return Visitor(self.url).create_administrator(self.setup_link)

    def manage(self, *arguments: str) -> str:
        """What a management command prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.root,
            env=self.full_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    def _listen(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with self._said:
                    self.output += line
                    self._said.notify_all()
        with self._said:
            self._said.notify_all()


class Visitor:
    """A browser without a screen: it keeps cookies and sends forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def ask(self, address: str) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and text of an answer, whatever the status is."""
        try:
            response = self._opener.open(address, timeout=20)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            return response.status, response.headers, response.read().decode()

    def get(self, address: str) -> str:
        status, _, text = self.ask(address)
        assert status == 200, f"{address} answers {status}"
        return text

    def send(self, address: str, **fields: str) -> str:
        """Send the form of a page, with the token the page carries."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(address))
        assert token, f"{address} has no form"
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1]} | fields).encode()
        self._opener.addheaders = [("Referer", address)]
        with self._opener.open(address, data, timeout=20) as response:
            return str(response.read().decode())

    @property
    def session(self) -> str:
        return next((c.value or "" for c in self.cookies if c.name == COOKIE), "")

    def create_administrator(self, link: str) -> str:
        self.send(link, username=NAME, password=PASSWORD)
        assert self.session, "the link did not sign in"
        return self.session

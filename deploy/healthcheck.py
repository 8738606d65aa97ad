"""Whether the process of this container or machine can serve: exit status 0, or 1 and a word why.

It reads HOST, PORT and BASE_PATH as Webchat does, and needs nothing but Python.
"""

import http.client
import os
import socket
import sys

PATIENCE = 4  # seconds


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


def connection() -> http.client.HTTPConnection:
    host = os.environ.get("HOST") or "127.0.0.1"
    if host.startswith("unix:"):
        return UnixConnection(host.removeprefix("unix:"))
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host.strip("[]"), host)  # noqa: S104
    return http.client.HTTPConnection(here, int(os.environ.get("PORT") or 8000), timeout=PATIENCE)


def main() -> str:
    """Why the process cannot serve; empty when it can."""
    path = "/".join(["", *os.environ.get("BASE_PATH", "").strip("/").split("/"), "readyz"])
    try:
        asked = connection()
        asked.request("GET", path.replace("//", "/"))
        answer = asked.getresponse()
        word = answer.read(100).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {error}"
    return "" if answer.status == 200 else f"{answer.status} {word}"


if __name__ == "__main__":
    sys.exit(main() or 0)

"""Somebody who visits `site` without a browser, politely or with a request as it stands."""

import re
import socket
import ssl
from contextlib import closing
from typing import Any

import httpx

from tests.cluster.installation import Installation
from tests.e2e.product import COOKIE
from tests.pictures import PNG

SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def client(site: Installation, session: str = "", **options: Any) -> httpx.Client:
    door = site.front_door
    assert door.trusted is not None
    cookies = {COOKIE: session} if session else {}
    return httpx.Client(verify=door.trusted, cookies=cookies, trust_env=False, **options)


def token(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def upload(visitor: httpx.Client, site: Installation) -> str:
    """The address of a picture that has just been uploaded."""
    headers = {"X-CSRFToken": token(visitor.get("/")), "Referer": f"{site.url}/"}
    answer = visitor.post("/media/", files={"image": ("geese.png", PNG)}, headers=headers)
    assert answer.status_code == 201, answer.text
    return f"{site.origin}{answer.json()['url']}"


def log_since(site: Installation, request: httpx.Response) -> str:
    """What the process logged until and after this request, once it has logged it."""
    product = site.processes[0]
    product.wait_for(request.headers["X-Request-ID"])
    return product.output


def static_address(ada: httpx.Client, site: Installation, ending: str = "css") -> str:
    found = re.search(rf'"({site.base_path}/static/[^"]+\.{ending})"', ada.get("/").text)
    assert found
    return f"{site.origin}{found[1]}"


def host(site: Installation) -> str:
    return site.origin.removeprefix("https://")


def raw(site: Installation, request: str, direct: bool = False, **headers: str) -> str:
    """The answer to a request as it stands here, through nginx or to the process itself."""
    lines = [
        request,
        "Connection: close",
        *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
    ]
    with closing(connect(site, direct)) as connection:
        connection.settimeout(5)
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer.decode(errors="replace")


def connect(site: Installation, direct: bool) -> socket.socket:
    if not direct:
        assert site.nginx is not None
        context = ssl.create_default_context(cafile=site.nginx.certificate)
        plain = socket.create_connection(("localhost", site.nginx.port))
        return context.wrap_socket(plain, server_hostname="localhost")
    place = site.environment["HOST"]
    if place.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(place.removeprefix("unix:"))
        return connection
    return socket.create_connection((place, site.ports[0]))

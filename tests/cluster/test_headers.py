"""The headers that tell a browser what not to do stand on every answer, whoever gives it."""

import re
import ssl
from pathlib import Path

import httpx
import pytest

from tests.addresses import explore
from tests.cluster.installation import Installation
from tests.cluster.proxy import Nginx
from tests.cluster.visitors import SAFE, raw, static_address, upload

EVERYWHERE = {
    **SAFE,
    "content-security-policy": r".*default-src 'none'.*",
    "permissions-policy": r".*camera=\(\).*",
    "strict-transport-security": r"max-age=31536000",
    "x-request-id": r"[0-9a-f]{32}",
}
STRICTER = {"referrer-policy": r"same-origin|no-referrer"}  # what a page may do beyond that


def missing_headers(answer: httpx.Response) -> list[str]:
    """The headers that an answer does not have, or has twice, or has otherwise."""
    found = []
    for name, wanted in (EVERYWHERE | STRICTER).items():
        given = answer.headers.get_list(name)
        if len(given) != 1 or not re.fullmatch(wanted, given[0]):
            found.append(
                f"{answer.request.method} {answer.url} {answer.status_code} {name}: {given}"
            )
    policy = answer.headers.get("content-security-policy", "")
    if "frame-ancestors 'none'" not in policy and "sandbox" not in policy:
        found.append(f"{answer.url} may be framed")
    return found


def test_every_answer_has_every_header(
    ada: httpx.Client, stranger: httpx.Client, site: Installation
) -> None:
    places = [each.path for each in explore(site).addresses]
    places += ["/static/nowhere.css", "/_media/00/00", "/metrics", "/%00", "/nowhere/"]
    places += [static_address(ada, site), upload(ada, site), site.url, f"{site.origin}/elsewhere/"]
    places += [static_address(ada, site).replace("/css/", "/js/"), "/webchat-errors/413.html"]
    problems = []
    for visitor in (ada, stranger):
        for place in places:
            problems += missing_headers(visitor.get(place))
    problems += missing_headers(ada.post("/preferences/", content=b"x" * 3 * 1024**2))
    problems += missing_headers(ada.request("TRACE", "/"))
    problems += missing_headers(ada.request("NONSENSE", "/"))

    assert problems == []
    assert len(places) > 80


def test_the_answer_in_place_of_a_process_has_them_too(site: Installation, tmp_path: Path) -> None:
    nginx = Nginx(tmp_path, ["127.0.0.1:1"], site.data, base_path=site.base_path)
    nginx.start()
    try:
        trusted = ssl.create_default_context(cafile=nginx.certificate)
        with httpx.Client(verify=trusted, trust_env=False) as visitor:
            answer = visitor.get(f"{nginx.origin}{site.base_path}/")
    finally:
        nginx.stop()

    assert answer.status_code == 502
    assert missing_headers(answer) == []
    assert answer.headers["Retry-After"] == "10"


@pytest.mark.parametrize("path", ["/elsewhere/", "/accounts/login/"])
def test_a_process_gives_them_without_nginx_too(site: Installation, path: str) -> None:
    answer = raw(site, f"GET {path} HTTP/1.1", direct=True, Host="evil.example").lower()

    for name in SAFE | {"content-security-policy": "", "permissions-policy": ""}:
        assert answer.count(f"\n{name}: ") == 1

"""What nginx and one process do together, as the shipped configuration has it: without a browser.

Every test runs twice: at the root of a host and under a path.
"""

import asyncio
import re
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from tests.cluster.conftest import METRICS_TOKEN
from tests.cluster.installation import Installation
from tests.cluster.pages import opened
from tests.cluster.servers import until
from tests.cluster.visitors import (
    SAFE,
    client,
    host,
    log_since,
    raw,
    static_address,
    token,
    upload,
)
from tests.e2e.product import NAME
from tests.pictures import PNG

# --- Static files ---


def test_static_files_come_from_nginx_compressed_and_for_ever(
    ada: httpx.Client, site: Installation
) -> None:
    address = static_address(ada, site)
    answer = ada.get(address, headers={"Accept-Encoding": "gzip"})
    plain = ada.get(address, headers={"Accept-Encoding": "identity"})
    last = ada.get("/healthz")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/css")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "public, max-age=315360000, immutable"
    assert plain.text == answer.text
    assert int(answer.headers["Content-Length"]) < len(plain.content) / 2
    assert answer.headers["X-Request-ID"] not in log_since(site, last)


def test_a_static_file_of_another_release_comes_from_a_process(
    ada: httpx.Client, site: Installation
) -> None:
    older = site.data / "static" / "0123456789ab"
    older.mkdir()
    (older / "old.aaaaaaaaaaaa.css").write_text("body { color: red }")

    answer = ada.get("/static/old.aaaaaaaaaaaa.css")
    missing = ada.get("/static/none.aaaaaaaaaaaa.css")

    assert answer.text == "body { color: red }"
    assert missing.status_code == 404
    assert "immutable" not in missing.headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", ["/static/../secret-key", "/static/%2e%2e/secret-key", "/static/"])
def test_nothing_but_static_files_lies_there(
    ada: httpx.Client, site: Installation, path: str
) -> None:
    answer = raw(site, f"GET {site.base_path}{path} HTTP/1.1", Host=host(site))

    key = (site.data / "secret-key").read_text()
    assert " 200 " not in answer.partition("\r\n")[0]
    assert key not in answer


# --- Pictures ---


def test_a_picture_is_sent_by_nginx_with_the_headers_of_the_page(
    ada: httpx.Client, site: Installation
) -> None:
    answer = ada.get(upload(ada, site))

    assert answer.content == PNG
    assert answer.headers["Accept-Ranges"] == "bytes"  # nginx does that, the process does not
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'inline; filename="geese.png"'
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"].startswith("private,")
    assert "X-Accel-Redirect" not in answer.headers
    assert {name: answer.headers[name] for name in SAFE} == SAFE
    assert answer.headers["Strict-Transport-Security"]
    assert answer.headers["X-Request-ID"]


def test_a_picture_is_its_owners_alone(ada: httpx.Client, site: Installation) -> None:
    address = upload(ada, site)
    with client(site, site.others_session) as bob, client(site) as stranger:
        assert bob.get(address).status_code == 404
        assert stranger.get(address).status_code == 302


def test_nobody_but_webchat_names_a_file(ada: httpx.Client, site: Installation) -> None:
    upload(ada, site)
    file = next(each for each in (site.data / "media").rglob("*") if each.is_file())
    inner = f"/_media/{file.parent.name}/{file.name}"

    for address in (inner, f"{inner}?x", f"/media{inner}", "/_media/../secret-key"):
        answer = ada.get(address, headers={"X-Accel-Redirect": f"{site.base_path}{inner}"})
        assert answer.status_code == 404
        assert PNG not in answer.content


def test_files_are_readable_by_the_group_and_nobody_else(
    ada: httpx.Client, site: Installation
) -> None:
    upload(ada, site)
    files = [each for each in (site.data / "media").rglob("*") if each.is_file()]

    assert {each.stat().st_mode & 0o777 for each in files} == {0o640}
    assert (site.data / "secret-key").stat().st_mode & 0o077 == 0


# --- What a client says about itself ---


FORGED = {
    "X-Forwarded-For": "203.0.113.66",
    "X-Real-IP": "203.0.113.66",
    "Forwarded": "for=203.0.113.66;host=evil.example;proto=http",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "6666",
    "Daphne-Root-Path": "/evil",
    "X-Request-ID": "forged-request-id",
    "X-Forwarded_For": "203.0.113.66",
    "X_Forwarded_Proto": "http",
}


def test_forged_headers_change_nothing(stranger: httpx.Client, site: Installation) -> None:
    plain, forged = (stranger.get("/accounts/login/", headers=one) for one in ({}, FORGED))
    wanted = stranger.get("/", headers=FORGED)

    assert forged.status_code == 200
    assert "evil" not in forged.text + str(forged.headers)
    assert forged.headers["Strict-Transport-Security"] == plain.headers["Strict-Transport-Security"]
    assert forged.headers["X-Request-ID"] != "forged-request-id"
    assert wanted.headers["Location"].startswith(f"{site.base_path}/accounts/login/")
    assert "203.0.113.66" not in log_since(site, wanted)


def test_a_failed_sign_in_is_recorded_with_the_address_nginx_saw(
    stranger: httpx.Client, site: Installation
) -> None:
    page = stranger.get("/accounts/login/")
    form = {"login": NAME, "password": "wrong", "csrfmiddlewaretoken": token(page)}
    answer = stranger.post(
        "/accounts/login/", data=form, headers=FORGED | {"Referer": f"{site.url}/"}
    )

    assert answer.status_code == 200
    statement = "SELECT DISTINCT address FROM webchat_auditrecord WHERE action = 'sign_in_failed'"
    assert [row[0] for row in site.query(statement)] in (["127.0.0.1"], ["::1"])


def test_sign_ins_are_counted_by_the_address_nginx_saw(
    stranger: httpx.Client, site: Installation
) -> None:
    """Who invents another address for each try is still stopped."""
    page = stranger.get("/accounts/login/")
    form = {"login": "nobody", "password": "wrong", "csrfmiddlewaretoken": token(page)}
    statuses = []
    for number in range(12):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "Referer": f"{site.url}/"}
        form["login"] = f"nobody-{number}"
        answer = stranger.post("/accounts/login/", data=form, headers=headers)
        statuses.append(answer.status_code if "too many" not in answer.text.lower() else 429)

    assert statuses[0] == 200
    assert statuses[-1] == 429


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.mark.parametrize("direct", [False, True], ids=["through nginx", "to the process"])
@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/", "http://169.254.169.254/latest/meta-data/", "//evil/x"]
)
def test_an_upgrade_to_an_absolute_address_gets_nowhere(
    site: Installation, target: str, direct: bool
) -> None:
    for upgrade in (UPGRADE, UPGRADE | {"Upgrade": "h2c"}, {}):
        headers = {"Host": host(site), "Origin": site.origin, **upgrade}
        answer = raw(site, f"GET {target} HTTP/1.1", direct, **headers)
        status = int(answer.split(" ", 2)[1])

        assert status in {301, 302, 308, 400, 403, 404}, answer
        assert "169.254" not in answer.partition("\r\n\r\n")[0].replace(target, "")


def test_a_host_that_is_not_ours_is_refused(site: Installation) -> None:
    answer = raw(site, f"GET {site.base_path}/accounts/login/ HTTP/1.1", Host="evil.example")

    assert answer.startswith("HTTP/1.1 400 ")


@pytest.mark.parametrize("wanted", ["h2c", "TLS/1.0", "websocket, h2c"])
def test_only_websockets_are_upgraded(site: Installation, wanted: str) -> None:
    address = f"GET {site.base_path}/accounts/login/ HTTP/1.1"
    headers = {**UPGRADE, "Upgrade": wanted, "Host": host(site)}

    assert raw(site, address, **headers).startswith("HTTP/1.1 200 ")


# --- The rest ---


def test_an_office_behind_one_address_is_not_held_up(stranger: httpx.Client) -> None:
    assert {stranger.get("/healthz").status_code for _ in range(150)} == {200}


def test_a_process_is_asked_for_its_figures_directly_and_not_by_everybody(
    ada: httpx.Client, site: Installation
) -> None:
    bearer = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    request = f"GET {site.base_path}/metrics HTTP/1.1"

    assert ada.get("/metrics", headers=bearer).status_code == 404
    assert " 401 " in raw(site, request, direct=True, Host="10.1.2.3")
    told = raw(site, request, direct=True, Host="10.1.2.3", **bearer)
    assert "webchat_sockets 0.0" in told
    assert "webchat_event_loop_lag_seconds_count" in told


def metrics(site: Installation) -> dict[str, str]:
    """The values of /metrics, asked at the process itself."""
    bearer = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    request = f"GET {site.base_path}/metrics HTTP/1.1"
    text = raw(site, request, True, Host="localhost", **bearer)
    return dict(re.findall(r"^(webchat_\S+|process_\S+) (\S+)$", text, re.MULTILINE))


async def test_an_answer_is_in_the_figures_of_its_process(site: Installation) -> None:
    async with opened(site.front_door) as page:
        assert await page.until_done(await page.say("40 words, at once", *site.demo)) == "complete"
        figures = await asyncio.to_thread(metrics, site)

    assert figures["webchat_sockets"] == "1.0"
    assert figures['webchat_runs{state="working"}'] == "0.0"
    assert float(figures['webchat_answers_total{endpoint="Demo",status="complete"}']) >= 1
    assert float(figures['webchat_first_token_seconds_count{endpoint="Demo"}']) >= 1
    assert float(figures['webchat_tokens_total{direction="answer",endpoint="Demo"}']) >= 30
    assert float(figures['webchat_database_wait_seconds_count{pool="readers"}']) > 0
    assert float(figures["process_resident_memory_bytes"]) > 50e6


def test_the_delay_of_the_event_loop_is_in_the_figures(site: Installation) -> None:
    """It is measured twice a second, so a process that has just started may have none."""
    count = "webchat_event_loop_lag_seconds_count"
    until(lambda: float(metrics(site)[count]) > 0, "a measured delay")


def test_health_is_told_through_nginx_too(stranger: httpx.Client) -> None:
    assert stranger.get("/readyz").text == "ready\n"


def test_a_path_without_its_slash_leads_to_the_site(
    stranger: httpx.Client, site: Installation
) -> None:
    answer = stranger.get(site.url)

    assert answer.headers["Location"].startswith(site.base_path + "/")


def test_it_answers_over_ipv6_too(site: Installation, tmp_path: Path) -> None:
    assert site.nginx is not None
    context = ssl.create_default_context(cafile=site.nginx.certificate)
    plain = socket.create_connection(("::1", site.nginx.port))
    with context.wrap_socket(plain, server_hostname="localhost") as connection:
        connection.sendall(f"GET {site.base_path}/healthz HTTP/1.0\r\n\r\n".encode())

        assert connection.recv(15).startswith(b"HTTP/1.1 200")

"""What is around every page: headers, compression, sessions, sign-in; both ways Django runs it."""

import gzip
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client
from django.test.utils import override_settings
from django.urls import include, path

from webchat import installation, urls
from webchat.models import User

pytestmark = pytest.mark.django_db(transaction=True)

Ask = Callable[..., Awaitable[Any]]
LONG = "the same words again and again. " * 2000


def open_to_all(view: Any) -> Any:
    view.login_required = False
    return view


@open_to_all
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("swordfish")


@open_to_all
def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@open_to_all
def nonsense(request: HttpRequest) -> HttpResponse:
    raise BadRequest


@open_to_all
def long(request: HttpRequest) -> HttpResponse:
    return HttpResponse(LONG, content_type=request.GET.get("type", "text/html"))


@open_to_all
def short(request: HttpRequest) -> HttpResponse:
    return HttpResponse(LONG[:1000])


@open_to_all
def pieces(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([LONG]), content_type="text/plain")


@open_to_all
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.POST["text"])


@open_to_all
def remember(request: HttpRequest) -> HttpResponse:
    request.session["seen"] = request.session.get("seen", 0) + 1
    return HttpResponse(str(request.session["seen"]))


def private(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


async def private_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse((await request.auser()).get_username())


urlpatterns = [
    path("", include("webchat.urls")),
    path("broken/", broken),
    path("forbidden/", forbidden),
    path("nonsense/", nonsense),
    path("long/", long),
    path("short/", short),
    path("pieces/", pieces),
    path("form/", form),
    path("remember/", remember),
    path("private/", private),
    path("private-async/", private_async),
]

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture(autouse=True)
def probes() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture(params=["under ASGI", "under WSGI"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Asks for a page both ways Django can run the same middleware."""
    if request.param == "under ASGI":
        browser = AsyncClient(raise_request_exception=False)

        async def ask(address: str, method: str = "get", **more: Any) -> Any:
            return await getattr(browser, method)(address, **more)
    else:
        client = Client(raise_request_exception=False)

        async def ask(address: str, method: str = "get", **more: Any) -> Any:
            return await sync_to_async(getattr(client, method))(address, **more)

    ask.client = browser if request.param == "under ASGI" else client  # type: ignore[attr-defined]
    return ask


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/healthz", 200),
        ("/accounts/inactive/", 200),
        ("/setup/", 200),
        ("/admin/", 302),
        ("/accounts/login", 301),
        ("/nowhere/", 404),
        ("/nonsense/", 400),
        ("/forbidden/", 403),
        ("/broken/", 500),
        ("/pieces/", 200),
        ("/static/known.txt", 200),
        ("/private/", 302),
    ],
)
async def test_every_response_carries_the_security_headers(
    ask: Ask, address: str, status: int, known_file: Path
) -> None:
    response = await ask(address)

    assert response.status_code == status
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert "Strict-Transport-Security" not in response


async def test_no_other_site_may_read_what_is_answered(ask: Ask) -> None:
    for address in ("/healthz", "/setup/", "/nowhere/", "/private/"):
        response = await ask(address, headers={"origin": "https://evil.example"})
        assert not [name for name in response.headers if name.lower().startswith("access-control")]


@pytest.fixture(scope="module")
def known_file() -> Path:
    """A static file, there before the middleware looks for them."""
    file = Path(settings.STATIC_ROOT, "known.txt")
    file.write_text("known")
    return file


async def test_a_host_that_is_not_ours_is_refused_with_the_headers(ask: Ask) -> None:
    headers = {"host": "evil.example"}

    response = await ask("/accounts/inactive/", headers=headers)

    assert response.status_code == 400
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
async def test_programs_that_watch_may_use_any_name(ask: Ask, address: str) -> None:
    response = await ask(address, headers={"host": "10.1.2.3:8000"})

    assert response.status_code == 200


async def test_pages_are_held_to_trusted_types_and_the_administration_is_not(ask: Ask) -> None:
    page = await ask("/accounts/inactive/")
    admin = await ask("/admin/")

    assert "require-trusted-types-for 'script'" in page["Content-Security-Policy"]
    assert "trusted-types webchat" in page["Content-Security-Policy"]
    assert "trusted-types" not in admin["Content-Security-Policy"]
    assert "script-src 'self'" in admin["Content-Security-Policy"]


async def test_https_is_asked_for_where_the_site_is_secure() -> None:
    with override_settings(SECURE_HSTS_SECONDS=60, MIDDLEWARE=settings.MIDDLEWARE[:]):
        response = await AsyncClient().get("/healthz", secure=True)

    assert response["Strict-Transport-Security"] == "max-age=60"


@pytest.mark.parametrize("address", ["/long/", "/short/"])
async def test_text_is_compressed(ask: Ask, address: str) -> None:
    response = await ask(address, headers={"accept-encoding": "gzip"})

    assert response["Content-Encoding"] == "gzip"
    assert LONG.startswith(gzip.decompress(response.content).decode())


@pytest.mark.parametrize("address", ["/long/?type=image/png", "/pieces/"])
async def test_pictures_and_files_in_pieces_are_left_alone(ask: Ask, address: str) -> None:
    response = await ask(address, headers={"accept-encoding": "gzip"})

    assert "Content-Encoding" not in response


async def test_a_browser_that_knows_no_gzip_gets_text(ask: Ask) -> None:
    response = await ask("/long/", headers={"accept-encoding": "identity"})

    assert response.content.decode() == LONG


async def test_sessions_are_saved_when_they_change(ask: Ask) -> None:
    assert (await ask("/remember/")).content == b"1"
    assert (await ask("/remember/")).content == b"2"


async def test_a_page_that_needs_no_session_sets_no_cookie(ask: Ask) -> None:
    response = await ask("/healthz")

    assert not response.cookies


@pytest.mark.parametrize("address", ["/private/", "/private-async/"])
async def test_a_page_needs_a_sign_in_unless_it_says_otherwise(ask: Ask, address: str) -> None:
    response = await ask(address)

    assert response["Location"] == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("address", ["/private/", "/private-async/"])
async def test_whoever_is_signed_in_is_there_for_both_ways_to_ask(
    ask: Ask, address: str, alice: User
) -> None:
    client: Any = ask.client  # type: ignore[attr-defined]
    await sync_to_async(client.force_login)(alice)

    response = await ask(address)

    assert response.content == b"alice"


async def test_a_form_without_its_token_is_refused(ask: Ask) -> None:
    ask.client.handler.enforce_csrf_checks = True  # type: ignore[attr-defined]

    response = await ask("/form/", "post", data={"text": "hello"})

    assert response.status_code == 403
    assert b"The page was too old" in response.content


async def test_a_form_of_another_origin_is_refused_even_with_a_token() -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    data = {"text": "hello", "csrfmiddlewaretoken": "a" * 32}

    ours = await client.post("/form/", data, headers={"origin": settings.ORIGINS[0]})
    theirs = await client.post("/form/", data, headers={"origin": "http://localhost:1"})

    assert (ours.status_code, theirs.status_code) == (200, 403)


@pytest.mark.parametrize(
    ("wanted", "language", "heading"),
    [
        ("ru", "ru", None),
        ("de, en;q=0.5", "en", b"This account is switched off"),
        ('"><script>alert(1)</script>', "en", b"This account is switched off"),
        ("../../etc/passwd", "en", b"This account is switched off"),
    ],
)
async def test_the_language_is_one_of_ours_whatever_a_browser_asks_for(
    ask: Ask, wanted: str, language: str, heading: bytes | None
) -> None:
    response = await ask("/accounts/inactive/", headers={"accept-language": wanted})

    assert response["Content-Language"] == language
    assert f'<html lang="{language}"'.encode() in response.content
    assert b"<script>alert" not in response.content
    assert heading is None or heading in response.content


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/nowhere/", b"Nothing is here"),
        ("/nonsense/", b"This request made no sense"),
        ("/forbidden/", b"This is not for you"),
        ("/broken/", b"Something broke here"),
    ],
)
async def test_an_error_is_a_plain_sentence_and_a_way_on(
    ask: Ask, address: str, sentence: bytes
) -> None:
    response = await ask(address)

    assert sentence in response.content
    assert b'href="/"' in response.content
    assert b"swordfish" not in response.content


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has a connection for each thread")
@pytest.mark.parametrize("address", ["/nowhere/", "/nonsense/", "/forbidden/", "/broken/"])
async def test_an_error_page_keeps_no_connection(ask: Ask, address: str) -> None:
    def lent() -> int:
        postgresql: Any = connection
        stats = postgresql.pool.get_stats()
        return int(stats["pool_size"] - stats["pool_available"])

    await ask("/accounts/inactive/")
    before = lent()
    for _ in range(3):
        installation.forget()  # so that the page has to ask what the site is called
        await ask(address)
    assert lent() <= before

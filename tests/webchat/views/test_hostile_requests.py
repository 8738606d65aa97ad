"""Nothing of a request reaches a page as it came: no header, no cookie, no part of the address."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.pictures import PNG
from webchat.models import Media, Message

pytestmark = pytest.mark.django_db

MARK = '"><script>evil()</script>'
HEADERS = {
    "accept": MARK,
    "accept-language": MARK,
    "referer": f"http://testserver/{MARK}",
    "user-agent": MARK,
    "x-forwarded-for": MARK,
    "x-forwarded-host": MARK,
    "x-forwarded-proto": MARK,
    "x-request-id": MARK,
}
COOKIES = ("theme", "sidebar", "notice", "timezone", "django_language", "messages", "stranger")
PAGES = ("home", "account_login", "account_signup", "account")
NAMES = [
    "../../etc/passwd.png",
    "..\\..\\evil.png",
    "a\r\nSet-Cookie: x=y.png",
    "evil\u202egnp.png",
]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_hostile_header_or_cookie_stays_outside(client: Client, name: str, method: str) -> None:
    for cookie in COOKIES:
        client.cookies[cookie] = MARK.replace(" ", "")
    address = f"{reverse(name)}?next={MARK}&q={MARK}&refresh={MARK}"
    answer = getattr(client, method)(address, headers=HEADERS)
    assert answer.status_code < 500
    assert "<script>evil" not in answer.content.decode()
    assert not any("<script>" in value for value in answer.headers.values())


@pytest.mark.parametrize("address", [f"/{MARK}", f"/c/{MARK}/", "/%00", "/c/%ff/"])
def test_a_hostile_address_is_not_shown(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code in (302, 400, 404)
    assert "<script>evil" not in answer.content.decode()


@pytest.mark.parametrize(
    "next_page", ["//evil.example", "https://evil.example", "javascript:evil()"]
)
def test_nobody_is_led_to_another_site(client: Client, next_page: str) -> None:
    answer = client.post(reverse("preferences"), {"theme": "dark", "next": next_page})
    assert answer["Location"] == reverse("home")


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_is_nothing_but_words(client: Client, name: str) -> None:
    file = SimpleUploadedFile("dot.png", PNG)
    file._name = name  # type: ignore[attr-defined]  # a browser's parts are not as polite
    uploaded = client.post(reverse("media-upload"), {"image": file})
    assert uploaded.status_code == 201
    stored = Media.objects.get()
    assert stored.file.name == f"media/{stored.pk.hex[-2:]}/{stored.pk.hex}"
    answer = client.get(reverse("media", args=[stored.pk]))
    assert "\n" not in answer["Content-Disposition"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("boundary", ["", "-" * 5_000, "x\\", "=====", "é"])
@pytest.mark.parametrize("name", ["message-send", "media-upload"])
def test_a_hostile_boundary_is_refused_at_once(client: Client, name: str, boundary: str) -> None:
    body = b"--" + b"-" * 100_000 + b"\r\n" * 1_000
    kind = f"multipart/form-data; boundary={boundary}"
    answer = client.post(reverse(name), body, content_type=kind)
    assert answer.status_code in (302, 400, 413)
    assert not Media.objects.exists()


@pytest.mark.parametrize("field", ["conversation", "choice", "client_id", "aspect_ratio", "media"])
def test_an_oversized_field_is_refused(client: Client, field: str) -> None:
    answer = client.post(reverse("message-send"), {"text": "Hi", field: "9" * 200_000})
    assert answer.status_code in (400, 404, 413)
    assert not Message.objects.exists()

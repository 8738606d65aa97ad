"""What an uploaded file is, its bytes say. Whatever it claims, no browser ever runs it."""

import io
import re
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client
from django.test.utils import override_settings
from PIL import Image

from tests.pictures import PNG, picture
from webchat.models import Media

pytestmark = pytest.mark.django_db

HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
CLAIMS = [
    ("geese.png", "image/png"),
    ("geese.html", "text/html"),
    ("geese.svg", "image/svg+xml"),
    ("geese.png.html", "image/png"),
    ("geese", "application/octet-stream"),
]
NO_PICTURES = {
    "HTML": HTML,
    "HTML after white space": b"\n\n  " + HTML,
    "SVG": SVG,
    "SVG as XML": b'<?xml version="1.0"?>\n<!DOCTYPE svg>\n' + SVG,
    "packed SVG": zlib.compress(SVG),
    "a script": b"alert(1)",
    "a script that begins like a GIF": b"GIF89a/*" + b"\0" * 20 + b"*/=alert(1)",
    "HTML that begins like a PNG": PNG[:16] + HTML,
    "PDF": b"%PDF-1.7\n" + HTML,
    "BMP": picture("BMP"),
    "TIFF": picture("TIFF"),
    "an icon": picture("ICO", (16, 16)),
    "nothing": b"",
}


def with_comment() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, "JPEG", comment=HTML)
    return file.getvalue()


PICTURES = {
    "PNG": (PNG, "image/png"),
    "PNG with HTML behind it": (PNG + HTML, "image/png"),
    "JPEG with HTML inside": (with_comment(), "image/jpeg"),
    "GIF with HTML behind it": (picture("GIF") + HTML, "image/gif"),
    "WebP": (picture("WEBP"), "image/webp"),
}


def file(data: bytes, claim: tuple[str, str]) -> dict[str, SimpleUploadedFile]:
    name, content_type = claim
    return {"image": SimpleUploadedFile(name, data, content_type)}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: "-".join(claim))
@pytest.mark.parametrize("data", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_what_is_no_picture_is_not_kept(
    client: Client, data: bytes, claim: tuple[str, str]
) -> None:
    answer = client.post("/media/", file(data, claim))

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/json"
    assert not Media.objects.exists()


@pytest.mark.parametrize("by_nginx", [False, True], ids=["by Webchat", "by nginx"])
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: "-".join(claim))
@pytest.mark.parametrize(("data", "kind"), PICTURES.values(), ids=PICTURES.keys())
async def test_a_picture_is_only_ever_a_picture(
    async_client: AsyncClient, data: bytes, kind: str, claim: tuple[str, str], by_nginx: bool
) -> None:
    kept = (await async_client.post("/media/", file(data, claim))).json()
    with override_settings(MEDIA_BY_NGINX=by_nginx):
        answer = await async_client.get(kept["url"])

    assert answer["Content-Type"] == kind
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    saved_as = re.fullmatch(r'inline; filename="geese.*\.(\w+)"', answer["Content-Disposition"])
    assert saved_as
    assert saved_as[1] == kind.removeprefix("image/").replace("jpeg", "jpg")

"""Pictures in and out."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.test.utils import override_settings

from tests.pictures import PNG, picture
from webchat.db import db
from webchat.models import Media

pytestmark = pytest.mark.django_db


async def uploaded(client: AsyncClient, data: bytes, name: str = "dot.png") -> str:
    """The address of a picture that has just been uploaded."""
    file = SimpleUploadedFile(name, data, "image/svg+xml")
    return str((await client.post("/media/", {"image": file})).json()["url"])


async def fetch(client: AsyncClient, address: str) -> tuple[StreamingHttpResponse, bytes]:
    answer = await client.get(address)
    assert isinstance(answer, StreamingHttpResponse)
    return answer, b"".join([piece async for piece in answer])


def upload(client: Client, data: bytes, name: str = "dot.png") -> int:
    file = SimpleUploadedFile(name, data, "image/svg+xml")
    return client.post("/media/", {"image": file}).status_code


async def test_an_uploaded_picture_comes_back_as_it_was(async_client: AsyncClient) -> None:
    answer, data = await fetch(async_client, await uploaded(async_client, PNG))
    assert data == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Length"] == str(len(PNG))
    assert answer["Content-Disposition"] == 'inline; filename="dot.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"].startswith("private,")


async def test_a_picture_can_be_saved_instead_of_shown(async_client: AsyncClient) -> None:
    address = await uploaded(async_client, picture("JPEG"), "Bild über Meer.jpg")
    answer, _data = await fetch(async_client, f"{address}?download=1")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "filename*=utf-8''" in answer["Content-Disposition"]


async def test_the_head_of_a_picture_tells_its_size(async_client: AsyncClient) -> None:
    answer = await async_client.head(await uploaded(async_client, PNG))
    assert answer["Content-Length"] == str(len(PNG))
    assert answer.content == b""


@pytest.mark.parametrize(
    "data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", PNG[:20], b"%PDF-1.7"]
)
def test_what_is_no_picture_is_refused(client: Client, data: bytes) -> None:
    assert upload(client, data) in (400, 413)
    assert not Media.objects.exists()


def test_an_upload_without_a_file_is_refused(client: Client) -> None:
    assert client.post("/media/").status_code == 400


async def test_a_row_of_another_type_is_never_shown_in_the_page(async_client: AsyncClient) -> None:
    address = await uploaded(async_client, PNG)
    await db(Media.objects.update, content_type="text/html")
    answer, _data = await fetch(async_client, address)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


@override_settings(MEDIA_BY_NGINX=True, MEDIA_LOCATION="/chat/_media/")
async def test_nginx_is_told_where_the_bytes_are(async_client: AsyncClient) -> None:
    address = await uploaded(async_client, PNG)
    answer = await async_client.get(f"{address}?download=1")
    media = await db(Media.objects.get)
    assert answer["X-Accel-Redirect"] == f"/chat/_media/{media.pk.hex[-2:]}/{media.pk.hex}"
    assert answer.content == b""
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'attachment; filename="dot.png"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"].startswith("private,")


async def test_a_proxy_that_was_not_announced_is_told_nothing(async_client: AsyncClient) -> None:
    answer, _data = await fetch(async_client, await uploaded(async_client, PNG))
    assert "X-Accel-Redirect" not in answer


def test_a_picture_whose_file_is_lost_does_not_exist(client: Client) -> None:
    upload(client, PNG)
    media = Media.objects.get()
    media.file.storage.delete(media.file.name or "")
    assert client.get(f"/media/{media.pk}/").status_code == 404

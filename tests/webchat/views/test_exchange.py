"""One's own conversations as files, by the page."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.test.utils import override_settings

from tests.factories import make_conversation, make_message
from tests.webchat.exchange.files import as_document
from webchat.db import db
from webchat.models import AuditRecord, Conversation, User

pytestmark = pytest.mark.django_db(transaction=True)

Action = AuditRecord.Action


async def download(client: AsyncClient, address: str) -> tuple[str, bytes]:
    """The name and the bytes of a file."""
    answer = await client.get(address)
    assert answer.status_code == 200
    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    disposition = answer["Content-Disposition"]
    assert disposition.startswith("attachment;")
    return disposition, b"".join([piece async for piece in answer])


async def bring(client: AsyncClient, data: bytes, name: str = "walk.json") -> tuple[int, str]:
    """The page that an import makes."""
    answer = await client.post("/export/import/", {"file": SimpleUploadedFile(name, data)})
    if not isinstance(answer, StreamingHttpResponse):
        return answer.status_code, answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    return answer.status_code, b"".join([piece async for piece in answer]).decode()


def recorded() -> list[tuple[str, str, dict[str, Any]]]:
    rows = AuditRecord.objects.filter(action__in=[Action.EXPORTED, Action.IMPORTED]).order_by("id")
    return [(row.action, row.actor_name, row.details) for row in rows]


@pytest.mark.parametrize(
    ("kind", "begin"), [("json", b'{"format"'), ("md", b"# A walk"), ("html", b"<!doctype html>")]
)
async def test_a_conversation_is_downloaded_in_every_format(
    async_client: AsyncClient, walk: Conversation, kind: str, begin: bytes
) -> None:
    name, data = await download(async_client, f"/c/{walk.pk}/export/?as={kind}")
    assert f'.{kind}"' in name
    assert data.startswith(begin)
    assert await db(recorded) == [
        ("exported", "alice", {"format": kind, "conversation": str(walk.pk)})
    ]


async def test_everything_is_downloaded_in_an_archive(
    async_client: AsyncClient, alice: User, bob: User, walk: Conversation
) -> None:
    await db(make_conversation, alice, "Archived", archived=True)
    await db(make_conversation, alice, "In passing", temporary=True)
    await db(make_conversation, bob, "Of bob")
    _name, data = await download(async_client, "/export/all/?as=json")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {
            json.loads(archive.read(name))["conversation"]["title"] for name in archive.namelist()
        }
    assert found == {"A walk", "Archived"}
    assert await db(recorded) == [("exported", "alice", {"format": "json", "scope": "all"})]


async def test_a_file_is_in_the_language_and_time_zone_of_its_reader(
    async_client: AsyncClient, alice: User, walk: Conversation
) -> None:
    async_client.cookies["timezone"] = "Asia/Tokyo"
    async_client.cookies["django_language"] = "ru"
    answer = await async_client.get(f"/c/{walk.pk}/export/?as=html")
    assert isinstance(answer, StreamingHttpResponse)
    text = b"".join([piece async for piece in answer]).decode()
    assert 'lang="ru"' in text
    assert "+09:00" in text


def test_looking_whether_there_is_a_file_is_no_export(client: Client, walk: Conversation) -> None:
    assert client.head(f"/c/{walk.pk}/export/").status_code == 200
    assert recorded() == []


@pytest.mark.parametrize("address", ["/export/all/?as=exe", "/c/{}/export/?as=../x"])
def test_a_format_that_does_not_exist_is_not_found(
    client: Client, walk: Conversation, address: str
) -> None:
    assert client.get(address.format(walk.pk)).status_code == 404


async def test_what_was_exported_is_imported(
    async_client: AsyncClient, alice: User, walk: Conversation
) -> None:
    _name, data = await download(async_client, "/export/all/?as=json")
    status, page = await bring(async_client, data, "all.zip")
    assert status == 200
    assert "A walk" in page
    assert "Done: 1 conversation was imported." in page
    assert await db(alice.conversations.count) == 2
    assert (await db(recorded))[-1] == (
        "imported",
        "alice",
        {"conversations": 1, "failed": 0},
    )


async def test_an_imported_conversation_is_rendered_when_it_is_opened(
    async_client: AsyncClient, alice: User, bob: User
) -> None:
    def document() -> bytes:
        conversation = make_conversation(bob, "Of bob")
        make_message(conversation, "To the *lake*.", "assistant")
        return json.dumps(as_document(conversation)).encode()

    await bring(async_client, await db(document))
    new = await db(alice.conversations.get)
    page = (await async_client.get(f"/c/{new.pk}/")).content.decode()
    assert "To the <em>lake</em>." in page


async def test_what_could_not_be_imported_is_said(async_client: AsyncClient, alice: User) -> None:
    _status, page = await bring(async_client, b'[{"format": "<b>"}]', "<i>.json")
    assert "Nothing was imported." in page
    assert "not a conversation that Webchat exported" in page
    assert "<i>" not in page
    assert page.rstrip().endswith("</html>")
    assert not await db(alice.conversations.exists)


async def test_a_file_that_is_too_large_is_refused(async_client: AsyncClient) -> None:
    with override_settings(IMPORT_MAX_BYTES=10 * 1024**2):
        status, page = await bring(async_client, b" " * (10 * 1024**2 + 1))
    assert status == 400
    assert "larger than 10 MB" in page


def test_an_import_without_a_file_is_asked_for_one(client: Client) -> None:
    answer = client.post("/export/import/")
    assert answer.status_code == 400
    assert "Choose a file first." in answer.content.decode()


def test_the_page_leads_to_all_of_it(client: Client) -> None:
    page = client.get("/export/").content.decode()
    for part in (
        "/export/all/?as=json",
        "?as=md",
        "?as=html",
        'action="/export/import/"',
        "150 MB",
    ):
        assert part in page
    assert 'href="/export/"' in client.get("/").content.decode()

"""Conversations out of the administration, as files."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncClient

from tests.factories import make_conversation, make_message
from tests.webchat.admin.test_conversations import LIST
from webchat.db import db
from webchat.models import AuditRecord, Conversation, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def panel(staff: User) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(staff)
    return client


@pytest.fixture
def walks(alice: User, bob: User) -> list[Conversation]:
    made = [make_conversation(alice, "A walk"), make_conversation(bob, "A swim")]
    for one in made:
        make_message(one, "Where to?")
    return made


async def export(
    panel: AsyncClient, kind: str, *ticked: Conversation, query: str = "", **fields: str
) -> Any:
    data = {"action": f"export_{kind}", "index": "0", "select_across": "0"} | fields
    data["_selected_action"] = [str(one.pk) for one in ticked]  # type: ignore[assignment]
    return await panel.post(f"{LIST}{query}", data)


async def body(answer: Any) -> bytes:
    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Disposition"].startswith("attachment;")
    return b"".join([piece async for piece in answer])


def recorded() -> list[tuple[str, str, list[str], int]]:
    rows = AuditRecord.objects.filter(action=AuditRecord.Action.EXPORTED).order_by("id")
    return [
        (row.actor_name, row.subject_id, row.details["owners"], len(row.details["conversations"]))
        for row in rows
    ]


@pytest.mark.parametrize(
    ("kind", "begin"), [("json", b'{"format"'), ("markdown", b"# A w"), ("html", b"<!doctype")]
)
async def test_one_is_a_file(
    panel: AsyncClient, walks: list[Conversation], kind: str, begin: bytes
) -> None:
    assert (await body(await export(panel, kind, walks[0]))).startswith(begin)
    assert await db(recorded) == [("staff", str(walks[0].pk), ["alice"], 1)]


async def test_several_are_an_archive_with_a_folder_for_each_owner(
    panel: AsyncClient, walks: list[Conversation]
) -> None:
    data = await body(await export(panel, "json", *walks))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        documents = [json.loads(archive.read(name)) for name in names]
    assert {name.split("/")[0] for name in names} == {"alice", "bob"}
    assert {one["conversation"]["title"] for one in documents} == {"A walk", "A swim"}
    assert await db(recorded) == [("staff", "", ["alice", "bob"], 2)]


async def test_all_that_the_filters_find_are_exported(
    panel: AsyncClient, alice: User, walks: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.exchange.outgoing.CHUNK", 4)
    for number in range(9):
        await db(make_conversation, alice, f"Walk {number}")
    answer = await export(panel, "json", walks[0], query="?owner=alice", select_across="1")
    with zipfile.ZipFile(io.BytesIO(await body(answer))) as archive:
        assert len(archive.namelist()) == 10
    assert [row[3] for row in await db(recorded)] == [4, 4, 2]


async def test_where_staff_do_not_read_only_their_own_go_out(
    panel: AsyncClient, staff: User, walks: list[Conversation], settings: Any
) -> None:
    own = await db(make_conversation, staff, "My own")
    settings.STAFF_READS_CONVERSATIONS = False
    assert (await export(panel, "json", *walks)).status_code == 302
    document = json.loads(await body(await export(panel, "json", own, *walks)))
    assert document["conversation"]["title"] == "My own"
    assert [row[1] for row in await db(recorded)] == [str(own.pk)]

"""Conversations out of the way, and back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import AsyncClient, Client

from tests.factories import make_conversation
from webchat.db import db
from webchat.generation import notices
from webchat.models import Conversation, User

pytestmark = pytest.mark.django_db(transaction=True)


async def test_an_archived_conversation_leaves_the_sidebar_and_waits(
    async_client: AsyncClient, alice: User, walk: Conversation
) -> None:
    with notices.listen(alice.pk) as heard:
        answer = await async_client.post(f"/c/{walk.pk}/archive/")
        assert heard.get_nowait() == notices.ConversationUpdated(walk.pk)
    assert answer["Location"] == "/"
    assert b"A walk" not in (await async_client.get("/")).content
    assert b"A walk" in (await async_client.get("/archived/")).content
    assert (await async_client.get(f"/c/{walk.pk}/")).status_code == 200


async def test_it_is_taken_out_again(async_client: AsyncClient, walk: Conversation) -> None:
    await db(Conversation.objects.update, archived=True)
    answer = await async_client.post(f"/c/{walk.pk}/archive/", {"archived": "no"})
    assert answer["Location"] == "/archived/"
    assert b"A walk" in (await async_client.get("/")).content
    assert b"Nothing is archived." in (await async_client.get("/archived/")).content


async def test_scripts_hear_that_it_is_done(async_client: AsyncClient, walk: Conversation) -> None:
    answer = await async_client.post(
        f"/c/{walk.pk}/archive/", headers={"accept": "application/json"}
    )
    assert answer.status_code == 204


def test_a_long_archive_has_pages(client: Client, alice: User) -> None:
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    for number in range(45):
        at = noon - timedelta(hours=number)
        make_conversation(alice, f"Walk {number:02}", archived=True, active_at=at)
    first = client.get("/archived/").content.decode()
    assert ("Walk 00" in first, "Walk 39" in first, "Walk 40" in first) == (True, True, False)
    older = first.split('">Older')[0].rsplit('href="', 1)[1]
    assert "Walk 44" in client.get(older).content.decode()


def test_the_archive_shows_ones_own_only(bobs: Client, alice: User) -> None:
    make_conversation(alice, "A walk", archived=True)
    assert b"A walk" not in bobs.get("/archived/").content

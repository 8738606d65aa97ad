"""Talking by form: what a page without scripts does, and the same for scripts."""

import asyncio
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import AsyncClient

from providers.errors import RateLimited
from tests.factories import make_conversation
from tests.fakes import FakeProvider, Wait
from tests.pictures import PNG
from webchat.db import db
from webchat.generation import runs
from webchat.models import Conversation, Endpoint, Message, Run, User

pytestmark = pytest.mark.usefixtures("process", "transactional_db")

JSON = {"accept": "application/json"}


async def all_ended() -> None:
    """Wait for every answer of this process."""
    for pk in await db(lambda: list(Run.objects.values_list("pk", flat=True))):
        run = runs.find(pk)
        assert run is not None
        while not run.log.ended:
            await run.log.wait(run.log.seq)


async def say(client: AsyncClient, endpoint: Endpoint, text: str, **fields: object) -> HttpResponse:
    data = {"text": text, "choice": f"{endpoint.pk}:fake-1", "client_id": str(uuid4())} | fields
    return await client.post("/send/", data)  # type: ignore[return-value]


async def page(client: AsyncClient, address: str) -> str:
    return (await client.get(address)).content.decode()


async def test_a_message_begins_a_conversation_and_leads_to_it(
    async_client: AsyncClient, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says("It is *here*.")
    answer = await say(async_client, endpoint, "Where?\r\nTell me.")
    await all_ended()
    assert answer.status_code == 302
    shown = await page(async_client, answer["Location"])
    assert "Where?\nTell me." in shown
    assert "<em>here</em>" in shown


async def test_the_same_form_sent_twice_says_it_once(
    async_client: AsyncClient, endpoint: Endpoint
) -> None:
    same = str(uuid4())
    first = await say(async_client, endpoint, "Hello", client_id=same)
    second = await say(async_client, endpoint, "Hello", client_id=same)
    await all_ended()
    assert first["Location"] == second["Location"]
    assert await db(Message.objects.count) == 2


async def test_a_suggestion_is_a_message(async_client: AsyncClient, endpoint: Endpoint) -> None:
    await say(async_client, endpoint, "", suggestion="Show me")
    await all_ended()
    assert await db(Message.objects.filter(text="Show me").exists)


async def test_pictures_come_with_the_form(async_client: AsyncClient, endpoint: Endpoint) -> None:
    image = SimpleUploadedFile("dot.png", PNG, "text/html")
    answer = await say(async_client, endpoint, "What is this?", images=image)
    await all_ended()
    assert 'alt="dot.png"' in await page(async_client, answer["Location"])


async def test_a_file_that_is_no_picture_is_refused_and_the_words_are_kept(
    async_client: AsyncClient, endpoint: Endpoint
) -> None:
    image = SimpleUploadedFile("dot.png", b"<svg onload=x()>", "image/png")
    answer = await say(async_client, endpoint, "What is this?", images=image)
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "This is not a PNG" in text
    assert ">What is this?</textarea>" in text
    assert await db(Message.objects.count) == 0


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"text": "  "}, 400, "Write a message first."),
        ({"choice": "x"}, 400, "Choose a provider and a model."),
        ({"choice": "999999:gone"}, 400, "This model is not offered here."),
        ({"choice": ""}, 400, "This model is not offered here."),
        ({"text": "a" * 200_001}, 413, "longer than 200000 characters"),
    ],
)
async def test_what_cannot_be_sent_is_said_and_comes_back(
    async_client: AsyncClient,
    endpoint: Endpoint,
    fields: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    sent = {"text": "Hello there", "choice": f"{endpoint.pk}:fake-1"} | fields
    answer = await async_client.post("/send/", sent)
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert f"{sent['text']}</textarea>" in answer.content.decode()
    again = await async_client.post("/send/", sent, headers=JSON)
    assert again.status_code == status
    assert sentence in again.json()["message"]


async def test_a_message_for_a_foreign_conversation_goes_nowhere(
    async_client: AsyncClient, endpoint: Endpoint, bob: User
) -> None:
    foreign = await db(make_conversation, bob)
    for accept in ("text/html", "application/json"):
        answer = await async_client.post(
            "/send/",
            {"text": "Hi", "choice": f"{endpoint.pk}:fake-1", "conversation": str(foreign.pk)},
            headers={"accept": accept},
        )
        assert answer.status_code == 404
    assert await db(Message.objects.count) == 0


async def test_scripts_get_what_the_socket_would_have_told(
    async_client: AsyncClient, endpoint: Endpoint
) -> None:
    client_id = str(uuid4())
    answer = await async_client.post(
        "/send/",
        {"text": "Hello", "choice": f"{endpoint.pk}:fake-1", "client_id": client_id},
        headers=JSON,
    )
    await all_ended()
    event = answer.json()
    assert event["type"] == "message.created"
    assert event["client_id"] == client_id
    assert event["html"].count("<article") == 2
    fragment = await page(async_client, f"/m/{event['message']}/")
    assert 'data-status="complete"' in fragment
    assert "csrfmiddlewaretoken" not in fragment


async def test_a_growing_answer_is_stopped_by_form(
    async_client: AsyncClient, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("So far.", gate)
    answer = await say(async_client, endpoint, "Go on")
    await asyncio.wait_for(gate.reached.wait(), 10)
    run = await db(Run.objects.get)
    stopped = await async_client.post(f"/r/{run.pk}/stop/")
    await all_ended()
    assert stopped["Location"] == answer["Location"]
    shown = await page(async_client, answer["Location"])
    assert "So far." in shown
    assert 'data-status="stopped"' in shown


async def test_a_stopped_answer_goes_on_by_form(
    async_client: AsyncClient, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    go_on = Wait()
    fake.script = ["The beginning", go_on]
    answer = await say(async_client, endpoint, "Begin.")
    run = await db(lambda: Run.objects.select_related("message").get())
    await go_on.reached.wait()
    await async_client.post(f"/r/{run.pk}/stop/")
    await all_ended()
    address = f"/m/{run.message_id}/continue/"
    assert address in await page(async_client, answer["Location"])

    fake.says(" and the end")
    answer = await async_client.post(address, {"client_id": str(uuid4())})
    await all_ended()

    assert answer.status_code == 302
    shown = await page(async_client, answer["Location"])
    assert "The beginning and the end" in shown
    assert address not in shown


async def test_only_answers_go_on(async_client: AsyncClient, endpoint: Endpoint) -> None:
    address = f"/m/{uuid4()}/continue/"
    assert (await async_client.get(address)).status_code == 405
    assert (await async_client.post(address, headers=JSON)).status_code == 404


async def test_a_failure_offers_both_ways_on(
    async_client: AsyncClient, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says(RateLimited())
    answer = await say(async_client, endpoint, "Hello")
    await all_ended()
    shown = await page(async_client, answer["Location"])
    assert "The provider has had too many requests." in shown
    assert "Try again" in shown
    assert "Ask another provider" in shown


async def test_another_model_is_asked_on_a_page_of_its_own(
    async_client: AsyncClient, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    await say(async_client, endpoint, "Hello")
    await all_ended()
    former = await db(Message.objects.get, role="assistant")
    address = f"/m/{former.pk}/regenerate/"
    assert f"{endpoint.pk}:fake-2" in await page(async_client, address)
    await async_client.post(address, {"choice": f"{endpoint.pk}:fake-2"})
    await all_ended()
    answers = await db(lambda: list(Message.objects.filter(role="assistant").order_by("pk")))
    assert [answer.model for answer in answers] == ["fake-1", "fake-2"]
    assert answers[0].parent_id == answers[1].parent_id
    refused = await async_client.post(address, {"choice": "999999:gone"})
    assert "not offered" in refused.content.decode()


async def test_a_conversation_is_renamed_and_deleted_by_form(
    async_client: AsyncClient, alice: User
) -> None:
    walk = await db(make_conversation, alice)
    renamed = await async_client.post(f"/c/{walk.pk}/rename/", {"title": " A  swim "})
    assert renamed["Location"] == f"/c/{walk.pk}/"
    assert (await db(Conversation.objects.get)).title == "A swim"
    empty = await async_client.post(f"/c/{walk.pk}/rename/", {"title": " "})
    assert "at least one letter" in empty.content.decode()
    long = await async_client.post(f"/c/{walk.pk}/rename/", {"title": "x" * 121}, headers=JSON)
    assert long.json()["code"] == "too_long"
    deleted = await async_client.post(f"/c/{walk.pk}/delete/")
    assert deleted["Location"] == "/"
    assert not await db(Conversation.objects.exists)


async def test_a_message_that_is_gone_does_not_exist(async_client: AsyncClient) -> None:
    assert (await async_client.get(f"/m/{UUID(int=0)}/")).status_code == 404

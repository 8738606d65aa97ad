"""Limits at the moment of asking, whichever process is asked."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from providers.errors import RateLimited
from providers.response import Usage
from tests.factories import make_conversation, make_message
from tests.fakes import FakeProvider, Wait
from tests.pictures import PNG
from tests.webchat.generation.test_send import ended
from tests.webchat.limits.test_allowances import make_limits
from webchat.db import db
from webchat.generation import conversations, runs
from webchat.generation.errors import Refused
from webchat.generation.images import store_upload
from webchat.generation.log import Waiting
from webchat.generation.start import regenerate, send
from webchat.generation.wishes import Regenerate, Send, Started
from webchat.models import Conversation, Endpoint, Message, Run, User

pytestmark = pytest.mark.usefixtures("process", "transactional_db")

Say = Callable[..., Any]


@pytest.fixture
def say(alice: User, endpoint: Endpoint) -> Say:
    """Alice says something and begins an answer."""

    async def begin(client_id: Any = None) -> Started:
        return await send(alice, Send(client_id or uuid4(), None, "Hi", endpoint.pk, "fake-1"))

    return begin


def run_elsewhere(owner: User) -> Run:
    """An answer that another process makes."""
    answer = make_message(make_conversation(owner), "", role="assistant", status="streaming")
    return Run.objects.create(owner=owner, client_id=answer.pk, message=answer, node="elsewhere")


async def refusal(work: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value


async def test_messages_beyond_the_limit_are_refused_and_write_nothing(say: Say) -> None:
    await db(lambda: make_limits(messages_a_minute=2))
    for _ in range(2):
        await ended(await say())
    refused = await refusal(say())
    assert refused.code == "too_often"
    assert refused.retry_after is not None and 0 < refused.retry_after <= 60
    assert await db(Conversation.objects.count) == 2


async def test_asking_again_counts_as_a_message(alice: User, say: Say) -> None:
    await db(lambda: make_limits(messages_a_minute=2))
    first = await say()
    await ended(first)
    await ended(await regenerate(alice, Regenerate(uuid4(), first.answer.pk)))
    refused = await refusal(regenerate(alice, Regenerate(uuid4(), first.answer.pk)))
    assert refused.code == "too_often"
    assert await db(Message.objects.count) == 3


async def test_what_is_asked_in_the_same_moment_counts(say: Say) -> None:
    await db(lambda: make_limits(messages_a_minute=3))
    results = await asyncio.gather(*(say() for _ in range(10)), return_exceptions=True)
    begun = [result for result in results if isinstance(result, Started)]
    assert len(begun) == 3
    for started in begun:
        await ended(started)


async def test_a_command_that_comes_again_is_not_refused(say: Say) -> None:
    await db(lambda: make_limits(messages_a_minute=1))
    same = uuid4()
    first = await say(same)
    again = await say(same)
    assert again.run.pk == first.run.pk
    await ended(first)
    assert (await say(same)).run.pk == first.run.pk


async def test_used_tokens_stay_used_when_the_conversation_goes(
    alice: User, fake: type[FakeProvider], say: Say
) -> None:
    await db(lambda: make_limits(tokens_a_day=100))
    fake.says("Hello", Usage(60, 40))
    first = await say()
    await ended(first)
    await conversations.delete(alice, first.conversation.pk)
    refused = await refusal(say())
    assert refused.code == "tokens_used"
    assert "100 tokens" in refused.message


async def test_deleting_a_growing_answer_makes_no_room(
    alice: User, fake: type[FakeProvider], say: Say
) -> None:
    await db(lambda: make_limits(messages_a_minute=1))
    fake.says("Hello", Wait())
    first = await say()
    await conversations.delete(alice, first.conversation.pk)
    assert (await refusal(say())).code == "too_often"


async def test_going_on_counts_as_a_message(
    alice: User, fake: type[FakeProvider], say: Say
) -> None:
    await db(lambda: make_limits(messages_a_minute=1))
    fake.says("Hello", RateLimited("Later"))
    first = await say()
    await ended(first)
    wish = Regenerate(uuid4(), first.answer.pk, keep=True)
    assert (await refusal(regenerate(alice, wish))).code == "too_often"


async def test_what_is_left_is_told_when_it_is_little(fake: type[FakeProvider], say: Say) -> None:
    await db(lambda: make_limits(tokens_a_day=100))
    fake.says("Hello", Usage(51, 40))
    first = await say()
    assert first.budget == ""
    await ended(first)
    second = await say()
    assert second.budget == "9 of your 100 tokens for 24 hours are left."
    await ended(second)


async def test_one_persons_limit_is_nobody_elses(bob: User, endpoint: Endpoint, say: Say) -> None:
    await db(lambda: make_limits(messages_a_minute=1))
    await ended(await say())
    await ended(await send(bob, Send(uuid4(), None, "Hi", endpoint.pk, "fake-1")))


async def test_answers_at_once_are_those_of_the_group(
    alice: User, fake: type[FakeProvider], say: Say
) -> None:
    await db(lambda: make_limits("writers", alice, answers_at_once=1))
    gate = Wait()
    fake.says(gate, "Hello")
    first, second = await say(), await say()
    await gate.reached.wait()
    run = runs.find(second.run.pk)
    assert run is not None
    await run.log.wait(0)
    assert run.log.since(0) == [Waiting(0)]
    gate.go()
    assert (await ended(second)).text == "Hello"
    await ended(first)


async def test_who_waited_until_the_tokens_were_used_is_told_so(
    alice: User, fake: type[FakeProvider], say: Say
) -> None:
    await db(lambda: make_limits(tokens_a_day=100, answers_at_once=1))
    gate = Wait()
    fake.says(gate, "Hello", Usage(60, 40))
    first, second = await say(), await say()
    await gate.reached.wait()
    gate.go()
    assert (await ended(first)).status == Message.Status.COMPLETE
    waited = await ended(second)
    assert (waited.status, waited.text) == (Message.Status.FAILED, "")
    assert waited.error["code"] == "tokens_used"
    assert "100 tokens" in waited.error["message"]
    assert waited.error["retry_after"] > 3600


async def test_those_waiting_in_all_processes_are_counted(
    alice: User, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.generation.metering.WAITING_PER_USER", 1)
    await db(lambda: make_limits(answers_at_once=1))
    for _ in range(2):
        await db(run_elsewhere, alice)
    refused = await refusal(say())
    assert refused.code == "busy"
    assert refused.message.startswith("You may have 1 answer at once and 1 more")


def test_an_upload_may_be_as_large_as_the_group_says(alice: User, bob: User, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = len(PNG) - 1
    make_limits("painters", alice, upload_bytes=len(PNG))
    assert store_upload(alice, SimpleUploadedFile("dot.png", PNG)).size == len(PNG)
    with pytest.raises(Refused, match="too_large"):
        store_upload(bob, SimpleUploadedFile("dot.png", PNG))

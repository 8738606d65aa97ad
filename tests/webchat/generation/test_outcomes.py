"""What is remembered of every answer that ended, however it ended."""

import asyncio
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps

from providers.errors import RateLimited
from providers.response import ImageResponse, Reasoning, Usage
from tests.factories import make_conversation, make_endpoint, make_message
from tests.fakes import FakeProvider, Wait
from tests.pictures import PNG
from tests.webchat.generation.test_send import ended
from webchat.db import db
from webchat.generation import conversations, runs
from webchat.generation.start import regenerate, send
from webchat.generation.tokens import PICTURE
from webchat.generation.wishes import Regenerate, Send, Started
from webchat.models import Endpoint, Message, Outcome, User

pytestmark = pytest.mark.usefixtures("process", "transactional_db")

EARLIER = import_module("webchat.migrations.0005_outcomes_of_earlier_answers")


async def ask(user: User, endpoint: Endpoint, text: str = "Hi there", **fields: Any) -> Started:
    return await send(user, Send(uuid4(), None, text, endpoint.pk, "fake-1", **fields))


async def outcome(started: Started) -> Outcome:
    return await db(Outcome.objects.get, message_id=started.answer.pk)


async def test_the_tokens_are_those_the_provider_told(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says("Hello", Usage(30, 40, 70))
    started = await ask(alice, endpoint)
    await ended(started)

    found = await outcome(started)

    assert (found.prompt_tokens, found.completion_tokens, found.estimated) == (30, 40, False)
    assert (found.owner_id, found.endpoint_id) == (alice.pk, endpoint.pk)
    assert (found.provider, found.model, found.status) == ("Fake", "fake-1", "complete")
    assert found.first_seconds is not None and found.total_seconds is not None
    assert found.first_seconds <= found.total_seconds
    assert found.started_at == started.run.started_at <= found.ended_at


async def test_tokens_that_nobody_told_are_estimated(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says(Reasoning("Hmm."), "x" * 40, ImageResponse((PNG,)))
    started = await ask(alice, endpoint, "x" * 400)
    await ended(started)

    found = await outcome(started)

    assert (found.prompt_tokens, found.completion_tokens) == (100, 1 + 10 + PICTURE)
    assert found.estimated


async def test_a_count_no_column_holds_does_not_keep_the_answer_from_being_saved(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says("Hello", Usage(10**12, -5))
    started = await ask(alice, endpoint)
    assert (await ended(started)).status == "complete"
    found = await outcome(started)
    assert (found.prompt_tokens, found.completion_tokens) == (2**31 - 1, 0)


async def test_who_refuses_a_question_charges_nothing(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says(RateLimited())
    started = await ask(alice, endpoint)
    await ended(started)
    found = await outcome(started)
    assert (found.status, found.error_code) == ("failed", "rate_limited")
    assert (found.prompt_tokens, found.completion_tokens) == (0, 0)


async def test_an_answer_that_goes_on_counts_what_is_new(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("x" * 400, gate)
    first = await ask(alice, endpoint)
    await gate.reached.wait()
    await runs.stop(alice, first.run.pk)
    await ended(first)
    fake.says("y" * 40)
    again = await regenerate(alice, Regenerate(uuid4(), first.answer.pk, keep=True))
    await ended(again)
    assert (await outcome(first)).status == "stopped"
    assert (await outcome(again)).completion_tokens == 10


async def test_an_answer_never_asked_for_costs_nothing(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], settings: Any
) -> None:
    settings.RUNS_PER_USER = 1
    gate = Wait()
    fake.says(gate, "Hello")
    first, second = await ask(alice, endpoint), await ask(alice, endpoint)
    await runs.stop(alice, second.run.pk)
    await ended(second)
    found = await outcome(second)
    assert (found.status, found.prompt_tokens, found.first_seconds) == ("stopped", 0, None)
    gate.go()
    await ended(first)


async def test_deleting_a_conversation_leaves_what_became_of_its_answers(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("x" * 40, gate)
    started = await ask(alice, endpoint, "x" * 80)
    await gate.reached.wait()
    await runs.checkpoint()

    await conversations.delete(alice, started.conversation.pk)

    assert not await db(Message.objects.exists)
    found = await outcome(started)
    assert (found.status, found.endpoint_id, found.estimated) == ("stopped", endpoint.pk, True)
    assert (found.prompt_tokens, found.completion_tokens) == (20, 10)


async def test_an_endpoint_that_is_gone_does_not_keep_the_answer_from_being_saved(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("Hello", gate)
    started = await ask(alice, endpoint)
    await gate.reached.wait()
    await db(endpoint.delete)
    gate.go()
    async with asyncio.timeout(10):
        assert (await ended(started)).status == "complete"
    found = await outcome(started)
    assert (found.endpoint_id, found.provider) == (None, "Fake")


def test_earlier_answers_have_their_outcomes_too(alice: User) -> None:
    endpoint = make_endpoint("Old")
    conversation = make_conversation(alice)
    make_message(conversation, "x" * 40)
    told = make_message(
        conversation,
        "Yes",
        role="assistant",
        provider="Old",
        model="old-1",
        usage={"prompt_tokens": 3, "completion_tokens": 4},
        timings={"first": 0.5, "total": 2.0},
    )
    make_message(conversation, "x" * 80)
    failed = make_message(
        conversation, "", role="assistant", status="failed", error={"code": "timeout"}
    )
    make_message(conversation, "", role="assistant", status="streaming")

    EARLIER.remember(apps, None)
    EARLIER.remember(apps, None)  # an upgrade that was broken off and begun again

    first, second = Outcome.objects.order_by("started_at")
    assert (first.message_id, first.owner_id, first.endpoint_id) == (told.pk, alice.pk, endpoint.pk)
    assert (first.prompt_tokens, first.completion_tokens, first.estimated) == (3, 4, False)
    assert (first.ended_at - first.started_at).total_seconds() == 2
    assert (second.message_id, second.error_code) == (failed.pk, "timeout")
    assert (second.prompt_tokens, second.endpoint_id, second.estimated) == (0, None, True)

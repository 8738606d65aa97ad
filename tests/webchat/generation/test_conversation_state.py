"""What a conversation repeats of its messages, for lists over all of them."""

from dataclasses import replace
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps

from providers.errors import RateLimited
from providers.response import ImageResponse
from tests.factories import make_conversation, make_message
from tests.fakes import FakeProvider, Wait
from tests.pictures import PNG
from tests.webchat.generation.test_send import ended
from webchat.db import db
from webchat.generation import records
from webchat.generation.images import examine, store
from webchat.generation.mirror import Mirror
from webchat.generation.start import regenerate, send
from webchat.generation.wishes import Regenerate, Send, Started
from webchat.models import Conversation, Endpoint, Media, Run, User

pytestmark = pytest.mark.usefixtures("process", "transactional_db")

MIGRATION = import_module("webchat.migrations.0007_conversation_state")


async def ask(user: User, endpoint: Endpoint, **fields: Any) -> Started:
    wish = Send(uuid4(), None, "Hello there", endpoint.pk, "fake-1")
    return await send(user, replace(wish, **fields))


async def row(started: Started) -> Conversation:
    return await db(Conversation.objects.get, pk=started.conversation.pk)


async def test_the_state_is_that_of_the_newest_answer(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("Well, ", gate, "yes.")
    started = await ask(alice, endpoint)
    assert (await row(started)).state == "streaming"
    gate.go()
    await ended(started)
    assert (await row(started)).state == "complete"


async def test_an_error_stays_known_when_a_later_answer_succeeds(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says(RateLimited())
    started = await ask(alice, endpoint)
    await ended(started)
    failed = await row(started)
    fake.says("Yes.")
    await ended(await regenerate(alice, Regenerate(uuid4(), started.answer.pk)))
    mended = await row(started)
    assert (failed.state, failed.has_errors) == ("failed", True)
    assert (mended.state, mended.has_errors) == ("complete", True)


async def test_an_older_answer_that_ends_later_does_not_change_the_state(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    first_gate, second_gate = Wait(), Wait()
    fake.says(first_gate, RateLimited())
    first = await ask(alice, endpoint)
    await first_gate.reached.wait()
    fake.says(second_gate, "Yes.")
    second = await regenerate(alice, Regenerate(uuid4(), first.answer.pk))
    await second_gate.reached.wait()
    first_gate.go()
    await ended(first)
    between = await row(first)
    second_gate.go()
    await ended(second)
    assert (between.state, between.has_errors) == ("streaming", True)
    assert (await row(first)).state == "complete"


async def test_pictures_of_people_and_of_models_are_known(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    shown = await db(store, alice, examine(PNG), Media.Origin.UPLOADED, name="", alt="")
    with_question = await ask(alice, endpoint, media=(shown.pk,))
    await ended(with_question)
    without = await ask(alice, endpoint)
    await ended(without)
    fake.says(ImageResponse((PNG,), alt="a dot"))
    with_answer = await ask(alice, endpoint)
    await ended(with_answer)
    found = [(await row(started)).has_images for started in (with_question, without, with_answer)]
    assert found == [True, False, True]


async def test_saying_something_brings_an_archived_conversation_back(
    alice: User, endpoint: Endpoint
) -> None:
    started = await ask(alice, endpoint)
    await ended(started)
    await db(Conversation.objects.update, archived=True)
    await ended(await ask(alice, endpoint, conversation=started.conversation.pk))
    assert not (await row(started)).archived


def test_an_answer_whose_process_is_gone_leaves_its_conversation_interrupted(alice: User) -> None:
    conversation = make_conversation(alice, state="streaming")
    answer = make_message(conversation, "", role="assistant", status="streaming")
    run = Run.objects.create(owner=alice, client_id=uuid4(), message=answer, node="gone")

    assert records.interrupt(run.pk, records.heartbeats([])[run.pk], Mirror())

    conversation.refresh_from_db()
    assert (conversation.state, conversation.has_errors) == ("interrupted", False)


def test_the_migration_finds_out_about_the_conversations_there_are(alice: User) -> None:
    mended = make_conversation(alice, "mended")
    make_message(mended, "", role="assistant", status="failed")
    make_message(mended, "Yes", role="assistant")
    stopped = make_conversation(alice, "stopped")
    make_message(stopped, "Wel", role="assistant", status="stopped")
    shown = make_conversation(alice, "shown")
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="", alt="")
    make_message(shown, "Look").media.add(picture)
    make_conversation(alice, "empty")

    MIGRATION.repeat(apps, None)

    found = Conversation.objects.values_list("title", "state", "has_errors", "has_images")
    assert set(found) == {
        ("mended", "complete", True, False),
        ("stopped", "stopped", False, False),
        ("shown", "complete", False, True),
        ("empty", "complete", False, False),
    }

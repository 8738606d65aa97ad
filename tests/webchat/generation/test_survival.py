"""What must not leave an answer unfinished for ever."""

import asyncio
import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError

from providers.errors import RateLimited
from providers.response import Source, Sources
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.openai_untidy import COMMENTS, PAUSE
from tests.factories import make_endpoint, make_models
from tests.fakes import FakeProvider, Wait
from tests.webchat.generation.test_send import ended
from webchat.db import db
from webchat.generation import conversations, reaper, records, rows, runs
from webchat.generation.reaper import Reaper
from webchat.generation.start import send
from webchat.generation.wishes import Send, Started
from webchat.models import Conversation, Endpoint, Message, Run, User

pytestmark = pytest.mark.usefixtures("process", "transactional_db")


def wish(endpoint: Endpoint, conversation: Conversation | None = None) -> Send:
    return Send(uuid4(), conversation.pk if conversation else None, "Hi", endpoint.pk, "fake-1")


class Gate:
    """Holds a function up after its work, in whatever thread it runs."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.inside, self.go = threading.Event(), threading.Event()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        result = self._function(*arguments, **named)
        self.inside.set()
        self.go.wait(5)
        return result


async def saved(started: Started) -> Message:
    return await db(Message.objects.get, pk=started.answer.pk)


async def test_who_leaves_while_the_message_is_written_still_gets_the_answer(
    alice: User, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(rows.write_send)
    monkeypatch.setattr(rows, "write_send", gate)
    command = wish(endpoint)
    asking = asyncio.create_task(send(alice, command))
    await asyncio.to_thread(gate.inside.wait, 5)
    asking.cancel()
    gate.go.set()
    await asyncio.gather(asking, return_exceptions=True)
    again = await send(alice, command)
    assert not again.is_new
    assert (await ended(again)).status == "complete"


async def test_an_end_the_database_refuses_is_saved_without_its_extras(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says("text", RateLimited(retry_after=float("inf")))  # no JSON column takes it
    answer = await ended(await send(alice, wish(endpoint)))
    assert (answer.status, answer.text) == ("failed", "text")


async def test_a_run_nobody_makes_any_more_is_interrupted_even_on_its_own_node(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("text", gate)
    started = await send(alice, wish(endpoint))
    await gate.reached.wait()
    await runs.checkpoint()
    run = runs._runs.pop(started.run.pk)
    look = Reaper(list).look
    for _ in range(reaper.LOOKS + 1):
        await look()
    answer = await saved(started)
    assert (answer.status, answer.text) == ("interrupted", "text")
    run.stop(None)


async def test_one_run_that_cannot_be_interrupted_keeps_no_other_from_it(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = []
    for _ in range(3):
        gate = Wait()
        fake.says("text", gate)
        lost.append(await send(alice, wish(endpoint)))
        await gate.reached.wait()
    await runs.checkpoint()
    forgotten = [runs._runs.pop(started.run.pk) for started in lost]
    interrupt = records.interrupt

    def fails_for_one(run: UUID, *rest: Any) -> bool:
        if run == lost[0].run.pk:
            raise ValueError("nobody thought of this")
        return interrupt(run, *rest)

    monkeypatch.setattr(records, "interrupt", fails_for_one)
    look = Reaper(list).look
    for _ in range(reaper.LOOKS + 1):
        await look()
    assert [(await saved(started)).status for started in lost[1:]] == ["interrupted"] * 2
    for run in forgotten:
        run.stop(None)


async def test_an_answer_that_cannot_be_rendered_ends_and_is_shown_as_it_was_written(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise RuntimeError("rendering")

    monkeypatch.setattr(records, "render", broken)
    fake.says("some *text* <b>")
    answer = await ended(await send(alice, wish(endpoint)))
    assert (answer.status, answer.text) == ("complete", "some *text* <b>")
    assert answer.html == '<div class="block"><p class="raw">some *text* &lt;b&gt;</p></div>'


async def test_a_run_of_this_process_is_never_reaped(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        records, "save_checkpoints", lambda *_: records.CheckpointResult(frozenset(), frozenset())
    )
    gate = Wait()
    fake.says("text", gate)
    started = await send(alice, wish(endpoint))
    await gate.reached.wait()
    look = Reaper(runs._at_work).look
    for _ in range(reaper.LOOKS + 1):
        await look()
    assert (await saved(started)).status == "streaming"
    gate.go()
    await ended(started)


async def test_a_checkpoint_that_failed_is_made_up_for(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHECKPOINT_SECONDS", 1000)
    gate = Wait()
    fake.says("precious", gate)
    started = await send(alice, wish(endpoint))
    await gate.reached.wait()

    def locked(*_: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(records, "save_checkpoints", locked)
        with pytest.raises(OperationalError):
            await runs.checkpoint()
    await runs.checkpoint()
    assert (await saved(started)).text == "precious"
    gate.go()


async def test_sources_are_saved_as_soon_as_text(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("text", Sources((Source("https://s.example", "S"),)), gate)
    started = await send(alice, wish(endpoint))
    await gate.reached.wait()
    await runs.checkpoint()
    assert (await saved(started)).sources == [{"url": "https://s.example", "title": "S"}]
    gate.go()


async def test_the_silence_of_an_answer_that_had_to_queue_is_noticed_as_soon(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], settings: Any
) -> None:
    settings.RUN_DEADLINE, settings.RUN_IDLE, settings.RUNS_PER_USER = 60, 0.2, 1
    fake.says("a", Wait())
    first, second = await send(alice, wish(endpoint)), await send(alice, wish(endpoint))
    async with asyncio.timeout(10):
        assert (await ended(first)).error["code"] == "timeout"
        assert (await ended(second)).error["code"] == "timeout"


async def test_an_upstream_that_says_it_is_still_there_is_waited_for(
    alice: User, settings: Any
) -> None:
    settings.RUN_IDLE = 2.5 * PAUSE
    async with OpenAIEmulator(pace=0) as emulator:
        emulator.fault = "keep-alive"
        kind, address, model = "OpenAICompatible", emulator.base_url, "emulator-reasoning"
        server = await db(lambda: make_endpoint("Busy", kind, base_url=address, everyone=True))
        await db(make_models, server, model)
        started = await send(alice, Send(uuid4(), None, "Hi", server.pk, model))
        async with asyncio.timeout(20):
            answer = await ended(started)
    assert (answer.status, answer.error) == ("complete", {})
    assert COMMENTS * PAUSE > settings.RUN_IDLE


async def test_a_drain_in_the_moment_of_a_launch_saves_the_answer(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.says("a", Wait())
    gate = Gate(rows.write_send)
    monkeypatch.setattr(rows, "write_send", gate)
    asking = asyncio.create_task(send(alice, wish(endpoint)))
    await asyncio.to_thread(gate.inside.wait, 5)
    draining = asyncio.create_task(runs.drain())
    await asyncio.sleep(0)
    gate.go.set()
    await draining
    assert (await saved(await asking)).status == "interrupted"


async def test_deleting_a_conversation_while_its_answer_ends_does_neither_harm(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Wait()
    fake.says("a", gate)
    started = await send(alice, wish(endpoint))
    await gate.reached.wait()
    writing = Gate(records._streaming)
    monkeypatch.setattr(records, "_streaming", writing)
    gate.go()
    await asyncio.to_thread(writing.inside.wait, 5)
    deleting = asyncio.create_task(conversations.delete(alice, started.conversation.pk))
    await asyncio.sleep(0.05)
    writing.go.set()
    await deleting
    assert await db(Run.objects.count) == 0

"""The socket: commands in, events out, for the person whose session it is."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from providers.errors import RateLimited
from providers.response import Reasoning, Source, Sources
from tests.fakes import FakeProvider, Wait
from tests.webchat.limits.test_allowances import make_limits
from tests.webchat.shown import Shown
from tests.webchat.socket_page import PATIENCE, opened, watch
from webchat import sockets
from webchat.db import db
from webchat.generation import conversations
from webchat.models import Conversation, Endpoint, Message, Run, User
from webchat.protocol import window

pytestmark = pytest.mark.usefixtures("process", "transactional_db")


async def test_an_answer_arrives_and_equals_what_is_stored(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says(Reasoning("Hm 😀"), "# Hi 😀\n\n", "some *text*", " and [1]\n\n```py\nx = 1\n```\n")
    async with opened(alice) as page:
        created = await page.say("Hello", endpoint)
        assert "Hello" in created["html"]
        await page.follow(created["run"])
        shown, done = await watch(page)
    message = await db(Message.objects.get, pk=created["message"])
    assert done["status"] == "complete"
    assert shown.html == message.html
    assert shown.reasoning == message.reasoning == "Hm 😀"


async def test_text_appears_while_the_provider_still_speaks(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("One", gate, " two")
    async with opened(alice) as page:
        created = await page.say("Hello", endpoint)
        await page.follow(created["run"])
        shown = Shown()
        while "One" not in shown.html:
            shown.take(json.loads(await page.socket.receive_from(PATIENCE)))
        gate.go()
        await page.event("message.done")


async def test_a_second_page_sees_the_same_answer(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("One ", gate, "two")
    async with opened(alice) as first, opened(alice) as second:
        created = await first.say("Hello", endpoint)
        await gate.reached.wait()
        await first.follow(created["run"])
        await second.follow(created["run"])
        gate.go()
        (here, _), (there, _) = await asyncio.gather(watch(first), watch(second))
    assert here.html == there.html == '<div class="block"><p>One two</p></div>'


async def test_a_page_that_views_the_conversation_hears_of_answers_begun_elsewhere(
    alice: User, endpoint: Endpoint
) -> None:
    async with opened(alice) as first, opened(alice) as second:
        conversation = (await first.say("One", endpoint))["conversation"]
        await second.send(type="conversation.view", conversation=conversation)
        await second.send(type="ping")
        await second.event("pong")
        await first.say("Two", endpoint, conversation=conversation)
        assert "Two" in (await second.event("message.created"))["html"]


async def test_a_page_can_go_on_where_it_was(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("One ", gate, "two")
    async with opened(alice) as first:
        created = await first.say("Hello", endpoint)
        await first.follow(created["run"])
        shown = Shown()
        seq, renderer = 0, ""
        while "One" not in shown.html:
            event = json.loads(await first.socket.receive_from(PATIENCE))
            shown.take(event)
            seq, renderer = event["seq"], event.get("renderer", renderer)
    gate.go()
    async with opened(alice) as again:
        await again.follow(created["run"], seq, renderer)
        event = await again.event("message.delta")
        shown.take(event)
        await again.event("message.done")
    assert "<p>One two</p>" in shown.html


async def test_leaving_an_answer_at_once_after_joining_it_leaves_it(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.generation.runs.find", lambda run: None)  # as of another process
    gate = Wait()
    fake.says("Some text", gate)
    async with opened(alice) as page:
        created = await page.say("Hello", endpoint)
        await gate.reached.wait()
        await page.follow(created["run"])
        await page.send(type="run.unfollow", run=created["run"])
        await page.send(type="ping")
        await page.event("pong")
        assert await page.socket.receive_nothing(1)
        gate.go()


async def test_closing_the_page_does_not_stop_the_answer(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("One", gate, " two")
    async with opened(alice) as page:
        created = await page.say("Hello", endpoint)
        await page.follow(created["run"])
        await gate.reached.wait()
    gate.go()
    async with opened(alice) as page:
        await page.follow(created["run"])
        shown, done = await watch(page)
    assert (done["status"], shown.html) == ("complete", '<div class="block"><p>One two</p></div>')


async def test_stop_ends_the_answer_and_keeps_its_text(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("So far", gate)
    async with opened(alice) as page:
        created = await page.say("Hello", endpoint)
        await page.follow(created["run"])
        await gate.reached.wait()
        await page.send(type="run.stop", run=created["run"])
        shown, done = await watch(page)
    assert done["status"] == "stopped"
    assert "So far" in shown.html


async def test_a_failure_ends_with_a_sentence_and_a_way_on(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says("So far", RateLimited())
    async with opened(alice) as page:
        created = await page.say("Hello", endpoint)
        await page.follow(created["run"])
        shown, done = await watch(page)
    assert done["status"] == "failed"
    assert "too many requests" in done["html"]
    assert "Try again" in done["html"]
    assert "So far" in shown.html


async def test_sources_come_with_their_addresses(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says("See [1]", Sources((Source("https://a.example/x", "A page"),)))
    async with opened(alice) as page:
        created = await page.say("Hello", endpoint)
        await page.follow(created["run"])
        while True:
            event = json.loads(await page.socket.receive_from(PATIENCE))
            if "A page" in event.get("sources", ""):
                break
        await page.event("message.done")


async def test_a_repeated_send_attaches_to_the_same_run(alice: User, endpoint: Endpoint) -> None:
    client_id = uuid4()
    async with opened(alice) as page:
        first = await page.say("Hello", endpoint, client_id=client_id)
    async with opened(alice) as page:
        second = await page.say("Hello", endpoint, client_id=client_id)
    assert first["run"] == second["run"]
    assert await db(Run.objects.count) == 1


async def test_an_answer_of_somebody_else_cannot_be_followed_or_stopped(
    alice: User, bob: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    gate = Wait()
    fake.says("Secret", gate)
    async with opened(alice) as mine, opened(bob) as theirs:
        created = await mine.say("Hello", endpoint)
        await theirs.follow(created["run"])
        assert (await theirs.event("command.refused"))["code"] == "not_found"
        await theirs.send(type="run.stop", run=created["run"])
        assert (await theirs.event("command.refused"))["code"] == "not_found"
        await theirs.send(type="message.regenerate", client_id=uuid4(), message=created["message"])
        assert (await theirs.event("command.refused"))["code"] == "not_found"
        gate.go()


async def test_a_page_that_comes_back_hears_what_it_missed(
    alice: User, bob: User, endpoint: Endpoint
) -> None:
    async with opened(alice) as first, opened(alice) as second, opened(bob) as theirs:
        begun = await first.say("One", endpoint)
        seen = {"conversation": begun["conversation"], "last": begun["message"]}
        await second.send(type="conversation.view", **seen)
        await second.send(type="ping")
        await second.event("pong")  # nothing was missed
        went_on = await first.say("Two", endpoint, conversation=begun["conversation"])
        await second.send(type="conversation.view", **seen)
        missed = await second.event("conversation.missed")
        assert (missed["conversation"], missed["last"]) == tuple(seen.values())
        await second.send(type="conversation.view", **seen | {"last": went_on["message"]})
        await theirs.send(type="conversation.view", **seen)
        assert await theirs.event("conversation.deleted")  # as of any that does not exist
        await conversations.delete(alice, UUID(begun["conversation"]))
        await first.send(type="conversation.view", **seen)
        assert (await first.event("conversation.deleted"))["conversation"] == begun["conversation"]


async def test_notices_go_to_their_person_only(alice: User, bob: User, endpoint: Endpoint) -> None:
    async with opened(alice) as mine, opened(bob) as theirs:
        created = await mine.say("Hello", endpoint)
        await theirs.send(type="conversation.view", conversation=created["conversation"])
        await mine.say("Again", endpoint, conversation=created["conversation"])
        await theirs.send(type="ping")
        assert json.loads(await theirs.socket.receive_from(PATIENCE))["type"] == "pong"


async def test_a_new_title_and_a_deletion_reach_the_other_pages(
    alice: User, endpoint: Endpoint
) -> None:
    async with opened(alice) as page:
        pk = (await page.say("Hello", endpoint))["conversation"]
        conversation = await db(Conversation.objects.get, pk=pk)
        await conversations.rename(alice, conversation.pk, "A better name")
        while (await page.event("conversation.updated"))["title"] != "A better name":
            pass
        await conversations.delete(alice, conversation.pk)
        assert (await page.event("conversation.deleted"))["conversation"] == pk


async def test_a_limit_is_told_with_the_seconds_until_it_goes_on(
    alice: User, endpoint: Endpoint
) -> None:
    await db(lambda: make_limits(messages_a_minute=1))
    async with opened(alice) as page:
        assert (await page.say("Hello", endpoint))["budget"] == ""
        await page.send(
            type="message.send", client_id=uuid4(), text="Hi", endpoint=endpoint.pk, model="fake-1"
        )
        refused = await page.event("command.refused")
        assert refused["code"] == "too_often"
        assert 0 < refused["retry_after"] <= 60
        assert "a minute" in refused["message"]


@pytest.mark.parametrize(
    "text", [" ", "nonsense", "[]", '{"type": "rm"}', '{"type": "run.stop", "run": 5}']
)
async def test_a_bad_command_is_refused_and_the_socket_lives_on(alice: User, text: str) -> None:
    async with opened(alice) as page:
        await page.socket.send_to(text_data=text)
        assert (await page.event("command.refused"))["message"]
        await page.send(type="ping")
        await page.event("pong")


async def test_bytes_are_refused_and_the_socket_lives_on(alice: User) -> None:
    async with opened(alice) as page:
        await page.socket.send_to(bytes_data=b"\xff\xfe")
        assert (await page.event("command.refused"))["code"] == "invalid"
        await page.send(type="ping")
        await page.event("pong")


async def test_a_restart_closes_the_socket_with_its_own_code(alice: User) -> None:
    async with opened(alice) as page:
        await sockets.close_all()
        assert await page.close_code() == sockets.RESTART


async def test_a_page_that_does_not_acknowledge_is_sent_no_more_than_the_window(
    alice: User,
    endpoint: Endpoint,
    fake: type[FakeProvider],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(window, "WINDOW_BYTES", 1000)
    first, second = Wait(), Wait()
    fake.says("x" * 1500, first, "y" * 1500, second, "z")
    async with opened(alice) as page:
        created = await page.say("Hello", endpoint)
        await page.follow(created["run"])
        shown = Shown()
        while "x" * 1500 not in shown.html:
            shown.take(json.loads(await page.socket.receive_from(PATIENCE)))
        first.go()
        await second.reached.wait()
        assert await page.socket.receive_nothing(0.3)
        second.go()
        while True:
            event = json.loads(await page.socket.receive_from(PATIENCE))
            if event["type"] == "message.done":
                break
            shown.take(event)
    assert "z" in shown.html
    assert "y" * 1500 in shown.html


async def test_fifty_upstreams_that_keep_silent_hold_up_nobody(
    alice: User, bob: User, endpoint: Endpoint, fake: type[FakeProvider], settings: Any
) -> None:
    settings.RUNS_PER_USER = 50
    async with opened(alice) as hers, opened(bob) as his:
        for number in range(50):
            gate = Wait()
            fake.says(gate)
            await hers.say(f"Question {number}", endpoint)
            async with asyncio.timeout(PATIENCE):
                await gate.reached.wait()
        fake.says("Hello")
        created = await his.say("Hi", endpoint)
        await his.follow(created["run"])
        assert "Hello" in (await watch(his))[0].html

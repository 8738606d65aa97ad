"""From a person's wish to a saved answer."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from providers.errors import RateLimited
from providers.response import FinishReason, ImageResponse, Reasoning, Source, Sources, Usage
from tests.fakes import FakeProvider, Wait
from tests.pictures import PNG
from webchat.db import db
from webchat.generation import metering, runs
from webchat.generation.errors import Refused
from webchat.generation.log import Waiting
from webchat.generation.start import regenerate, send
from webchat.generation.wishes import Regenerate, Send, Started
from webchat.models import Conversation, Endpoint, Message, Run, User

pytestmark = pytest.mark.usefixtures("process", "transactional_db")


@pytest.fixture
def wish(endpoint: Endpoint) -> Callable[..., Send]:
    def make(text: str = "Hello there", **fields: object) -> Send:
        base = Send(uuid4(), None, text, endpoint.pk, "fake-1")
        return replace(base, **fields)  # type: ignore[arg-type]

    return make


async def ended(started: Started) -> Message:
    """The answer once its run is over."""
    run = runs.find(started.run.pk)
    assert run is not None
    while not run.log.ended:
        await run.log.wait(run.log.seq)
    return await message(started.answer.pk)


async def message(pk: UUID) -> Message:
    def load() -> Message:
        return Message.objects.prefetch_related("media").get(pk=pk)

    return await db(load)


async def test_an_answer_is_saved_with_everything_the_provider_said(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    fake.says(
        Reasoning("Let me see."),
        "# Yes\n\n",
        "it is [1]",
        Sources((Source("https://a.example", "A"),)),
        Usage(3, 4, 7),
        FinishReason("stop"),
    )
    answer = await ended(await send(alice, wish()))
    assert answer.text == "# Yes\n\nit is [1]"
    assert answer.reasoning == "Let me see."
    assert answer.reasoning_seconds is not None
    assert answer.sources == [{"url": "https://a.example", "title": "A"}]
    assert answer.usage == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    assert answer.status == "complete"
    assert answer.finish_reason == "stop"
    assert "https://a.example" in answer.html
    assert answer.timings["first"] <= answer.timings["total"]


async def test_a_picture_is_stored_and_belongs_to_the_person(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    fake.says(ImageResponse((PNG,), alt="a dot"))
    answer = await ended(await send(alice, wish()))
    [media] = answer.images
    assert (media.owner_id, media.alt, media.content_type) == (alice.pk, "a dot", "image/png")
    with media.file.open() as file:
        assert file.read() == PNG


async def test_a_picture_that_is_none_fails_the_answer_and_keeps_the_text(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    fake.says("Here: ", ImageResponse((b"<svg onload=alert(1)>",)))
    answer = await ended(await send(alice, wish()))
    assert (answer.status, answer.text) == ("failed", "Here: ")
    assert "picture" in answer.error["message"]


async def test_the_conversation_goes_to_the_provider_in_order(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    first = await send(alice, wish("One"))
    await ended(first)
    await ended(await send(alice, wish("Two", conversation=first.conversation.pk)))
    assert [(m["role"], m["content"]) for m in fake.requests[-1].messages] == [
        ("user", "One"),
        ("assistant", "Hello"),
        ("user", "Two"),
    ]


async def test_a_new_conversation_is_called_by_its_first_words(
    alice: User, wish: Callable[..., Send]
) -> None:
    started = await send(alice, wish("What is\nthe   time?"))
    assert started.conversation.title == "What is the time?"


async def test_an_error_is_kept_with_a_sentence_and_the_text_so_far(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    fake.says("So far", RateLimited(retry_after=30))
    answer = await ended(await send(alice, wish()))
    assert (answer.status, answer.text) == ("failed", "So far")
    assert answer.error["code"] == "rate_limited"
    assert answer.error["retry_after"] == 30
    assert answer.error["can_retry"] is True


async def test_an_unknown_exception_is_a_plain_sentence(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    fake.says(ZeroDivisionError("secret"))
    answer = await ended(await send(alice, wish()))
    assert answer.status == "failed"
    assert "secret" not in str(answer.error)


async def test_an_empty_answer_is_an_error(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    fake.says()
    answer = await ended(await send(alice, wish()))
    assert answer.status == "failed"
    assert "no answer" in answer.error["message"]


async def test_stop_keeps_what_was_said_and_closes_the_provider(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    gate = Wait()
    fake.says("So far", gate, " and never more")
    started = await send(alice, wish())
    await gate.reached.wait()
    await runs.stop(alice, started.run.pk)
    answer = await ended(started)
    assert (answer.status, answer.text) == ("stopped", "So far")
    assert fake.closed == 1


async def test_a_stranger_cannot_stop(
    alice: User, bob: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    gate = Wait()
    fake.says("So far", gate, ".")
    started = await send(alice, wish())
    await gate.reached.wait()
    with pytest.raises(Refused, match="not_found"):
        await runs.stop(bob, started.run.pk)
    gate.go()
    assert (await ended(started)).status == "complete"


async def test_a_repeated_command_attaches_to_the_run_that_exists(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    command = wish()
    first, second = await asyncio.gather(send(alice, command), send(alice, command))
    assert first.run.pk == second.run.pk
    await ended(first)
    assert len(fake.requests) == 1
    assert await db(Message.objects.count) == 2


async def test_the_same_id_of_another_person_is_another_command(
    alice: User, bob: User, wish: Callable[..., Send]
) -> None:
    command = wish()
    mine, theirs = await send(alice, command), await send(bob, command)
    assert mine.run.pk != theirs.run.pk


async def test_two_tabs_at_once_both_keep_their_message(
    alice: User, wish: Callable[..., Send]
) -> None:
    first = await send(alice, wish("One"))
    await ended(first)
    here = wish("Two", conversation=first.conversation.pk)
    there = wish("Three", conversation=first.conversation.pk)
    both = await asyncio.gather(send(alice, here), send(alice, there))
    for started in both:
        await ended(started)
    texts = await db(
        lambda: set(Message.objects.filter(role="user").values_list("text", flat=True))
    )
    assert texts == {"One", "Two", "Three"}


async def test_another_answer_is_a_sibling(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    first = await send(alice, wish("One"))
    await ended(first)
    fake.says("Another")
    again = await regenerate(alice, Regenerate(uuid4(), first.answer.pk))
    answer = await ended(again)
    assert answer.text == "Another"
    assert answer.parent_id == first.answer.parent_id
    assert again.replaces == first.answer.pk
    conversation = await db(Conversation.objects.get, pk=first.conversation.pk)
    assert conversation.active_leaf_id == answer.pk


async def test_another_provider_can_be_asked(
    alice: User, endpoint: Endpoint, wish: Callable[..., Send]
) -> None:
    first = await send(alice, wish("One"))
    await ended(first)
    again = await regenerate(alice, Regenerate(uuid4(), first.answer.pk, endpoint.pk, "fake-2"))
    assert (await ended(again)).model == "fake-2"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": "  \n"}, "empty"),
        ({"text": "x" * 200_001}, "too_long"),
        ({"model": "gpt-99"}, "not_offered"),
        ({"endpoint": 10**6}, "not_offered"),
        ({"conversation": uuid4()}, "not_found"),
        ({"media": (uuid4(),)}, "not_found"),
        ({"media": tuple(uuid4() for _ in range(9))}, "too_many"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_writes_nothing(
    alice: User, wish: Callable[..., Send], fields: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        await send(alice, wish(**fields))
    assert refused.value.code == code
    assert await db(Message.objects.count) == 0
    assert await db(Run.objects.count) == 0


async def test_somebody_elses_conversation_and_answer_do_not_exist(
    alice: User, bob: User, wish: Callable[..., Send]
) -> None:
    mine = await send(alice, wish())
    await ended(mine)
    with pytest.raises(Refused, match="not_found"):
        await send(bob, wish(conversation=mine.conversation.pk))
    with pytest.raises(Refused, match="not_found"):
        await regenerate(bob, Regenerate(uuid4(), mine.answer.pk))


async def test_a_switched_off_endpoint_is_not_offered(
    alice: User, endpoint: Endpoint, wish: Callable[..., Send]
) -> None:
    await db(Endpoint.objects.filter(pk=endpoint.pk).update, enabled=False)
    with pytest.raises(Refused, match="not_offered"):
        await send(alice, wish())


async def test_an_answer_beyond_the_limit_waits_for_its_turn(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send], settings: object
) -> None:
    settings.RUNS_PER_USER = 1  # type: ignore[attr-defined]
    gate = Wait()
    fake.says(gate, "Hello")
    first, second = await send(alice, wish()), await send(alice, wish())
    await gate.reached.wait()
    run = runs.find(second.run.pk)
    assert run is not None
    await run.log.wait(0)
    assert run.log.since(0) == [Waiting(0)]
    gate.go()
    assert (await ended(second)).text == "Hello"
    assert run.log.since(0)[:2] == [Waiting(0), Waiting(None)]
    assert (await ended(first)).status == "complete"


async def test_an_answer_that_waits_can_be_stopped(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send], settings: object
) -> None:
    settings.RUNS_PER_USER = 1  # type: ignore[attr-defined]
    gate = Wait()
    fake.says(gate, "Hello")
    first, second = await send(alice, wish()), await send(alice, wish())
    await runs.stop(alice, second.run.pk)
    assert (await ended(second)).status == "stopped"
    assert len(fake.requests) == 1
    gate.go()
    await ended(first)


async def test_too_many_answers_in_the_line_are_refused(
    alice: User,
    fake: type[FakeProvider],
    wish: Callable[..., Send],
    settings: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.RUNS_PER_USER = 1  # type: ignore[attr-defined]
    monkeypatch.setattr(metering, "WAITING_PER_USER", 1)
    gate = Wait()
    fake.says(gate, "Hello")
    both = await send(alice, wish()), await send(alice, wish())
    with pytest.raises(Refused, match="busy"):
        await send(alice, wish())
    gate.go()
    for started in both:
        await ended(started)


async def test_a_stopped_answer_goes_on_where_it_stopped(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    gate = Wait()
    fake.says(Reasoning("Hm."), "Once upon", gate)
    first = await send(alice, wish("Tell a tale"))
    await gate.reached.wait()
    await runs.stop(alice, first.run.pk)
    await ended(first)
    fake.says(" a time.")
    again = await regenerate(alice, Regenerate(uuid4(), first.answer.pk, keep=True))
    answer = await ended(again)
    assert answer.text == "Once upon a time."
    assert answer.reasoning == "Hm."
    roles = [message["role"] for message in fake.requests[-1].messages]
    assert roles == ["user", "assistant", "user"]
    assert fake.requests[-1].messages[1]["content"] == "Once upon"


async def test_a_provider_that_never_ends_is_cut_and_its_text_kept(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send]
) -> None:
    fake.says(Reasoning("hm" * 30_000), *["x" * 45_000] * 1000)
    answer = await ended(await send(alice, wish()))
    assert answer.finish_reason == "length"
    assert len(answer.reasoning) + len(answer.text) == 200_000


@pytest.mark.parametrize("kind", [str, Reasoning])
async def test_a_single_enormous_value_is_cut_too(
    alice: User,
    fake: type[FakeProvider],
    wish: Callable[..., Send],
    kind: type[str] | type[Reasoning],
) -> None:
    fake.says(kind("x" * 5_000_000))
    answer = await ended(await send(alice, wish()))
    assert answer.finish_reason == "length"
    assert len(answer.reasoning) + len(answer.text) == 200_000


async def test_a_silent_provider_is_given_up(
    alice: User, fake: type[FakeProvider], wish: Callable[..., Send], settings: object
) -> None:
    settings.RUN_IDLE = 0.1  # type: ignore[attr-defined]
    fake.says("So far", Wait())
    answer = await ended(await send(alice, wish()))
    assert (answer.status, answer.error["code"]) == ("failed", "timeout")
    assert answer.text == "So far"

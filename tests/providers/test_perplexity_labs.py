"""Perplexity Labs against its emulator: the handshake, the growing text, every fault."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import (
    AuthenticationFailed,
    ProviderError,
    RateLimited,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.perplexity_labs import GrowingText, PerplexityLabs
from providers.response import FinishReason, Reasoning, Source, Sources
from providers.timeouts import Timeouts
from tests.emulators.perplexity import PerplexityEmulator
from tests.emulators.perplexity_answers import THOUGHTS
from tests.providers.asking import HELLO, ask, ask_in_vain, text, thoughts

SOURCES = Sources(
    (Source("https://example.org/first"), Source("https://example.org/second", "Second"))
)


@pytest.fixture
async def upstream() -> AsyncIterator[PerplexityEmulator]:
    async with PerplexityEmulator(pace=0) as emulator:
        yield emulator


@pytest.fixture
async def restless() -> AsyncIterator[PerplexityEmulator]:
    """An upstream with a heartbeat fast enough for a test."""
    async with PerplexityEmulator(pace=100, ping_interval=0.1, ping_timeout=2) as emulator:
        yield emulator


async def test_the_session_is_opened_as_the_upstream_s_page_opens_it(
    upstream: PerplexityEmulator,
) -> None:
    await ask(PerplexityLabs, upstream.base_url, "sonar")
    opening, entering, polling, upgrading = upstream.requests
    assert [r.method for r in upstream.requests] == ["GET", "POST", "GET", "GET"]
    assert set(opening.query) == {"EIO", "transport", "t"}
    assert len(opening.query["t"]) == 8
    assert entering.body == b'40{"jwt": "anonymous-ask-user"}'
    assert entering.query == polling.query
    assert set(upgrading.query) == {"EIO", "transport", "sid"}
    for request in upstream.requests:
        assert request.path == "/socket.io/"
        assert request.headers["origin"] == "https://labs.perplexity.ai"
        assert request.headers["referer"] == "https://labs.perplexity.ai/"
    for request in (entering, polling, upgrading):
        assert "labs-visit=" in request.headers["cookie"]


async def test_the_conversation_goes_out_in_one_event(upstream: PerplexityEmulator) -> None:
    messages = [
        {"role": "system", "content": "S", "name": "ignored"},
        {"role": "user", "content": [{"type": "text", "text": "U1"}]},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "Ü2"},
    ]
    await ask(PerplexityLabs, upstream.base_url, "sonar-pro", messages)
    assert upstream.asked == [
        {
            "version": "2.18",
            "source": "default",
            "model": "sonar-pro",
            "messages": [
                {"role": "system", "content": "S"},
                {"role": "user", "content": "U1"},
                {"role": "user", "content": "Ü2"},
            ],
        }
    ]


async def test_an_empty_model_is_the_default_one(upstream: PerplexityEmulator) -> None:
    await ask(PerplexityLabs, upstream.base_url)
    assert upstream.asked[0]["model"] == "r1-1776"


async def test_the_growing_text_comes_in_fragments_with_sources_and_a_reason(
    upstream: PerplexityEmulator,
) -> None:
    values = await ask(PerplexityLabs, upstream.base_url, "sonar")
    assert len(values) > 10
    assert str(HELLO[0]["content"]) in text(values)
    assert text(values).endswith("[1][2]")
    assert values[-2:] == [SOURCES, FinishReason("stop")]
    assert thoughts(values) == ""


@pytest.mark.parametrize("model", ["r1-1776", "sonar-reasoning", "sonar-reasoning-pro"])
async def test_what_a_reasoning_model_thinks_is_no_answer(
    upstream: PerplexityEmulator, model: str
) -> None:
    values = await ask(PerplexityLabs, upstream.base_url, model)
    assert thoughts(values) == THOUGHTS
    assert isinstance(values[0], Reasoning)
    assert "think>" not in text(values)


SMOOTH = [
    "no-citations",
    "no-websocket",
    "lower-ok",
    "connect-event",
    "late-connect",
    "upgrade-400",
    "probe-wrong",
    "ping-first",
    "unknown-event",
    "shrink",
    "emoji",
    "ack",
    "bare-final",
]


@pytest.mark.parametrize("fault", SMOOTH)
async def test_what_the_protocols_allow_changes_nothing_of_the_answer(
    upstream: PerplexityEmulator, fault: str
) -> None:
    usual = text(await ask(PerplexityLabs, upstream.base_url, "sonar"))
    upstream.fault = fault
    values = await ask(PerplexityLabs, upstream.base_url, "sonar")
    assert text(values) == usual
    assert values[-1] == FinishReason("stop")


async def test_an_event_that_asks_for_an_acknowledgement_gets_one(
    upstream: PerplexityEmulator,
) -> None:
    upstream.fault = "ack"
    await ask(PerplexityLabs, upstream.base_url, "sonar")
    session = next(iter(upstream.sessions.values()))
    assert session.acknowledged == ["17[]"]


@pytest.mark.parametrize("fault", ["no-websocket", "upgrade-400", "probe-wrong"])
async def test_without_a_websocket_it_goes_on_by_polling_and_says_goodbye(
    upstream: PerplexityEmulator, fault: str
) -> None:
    upstream.fault = fault
    await ask(PerplexityLabs, upstream.base_url, "sonar")
    assert upstream.requests[-1].method == "POST"
    assert upstream.requests[-1].body == b"1"


async def test_a_silent_probe_is_given_up(upstream: PerplexityEmulator) -> None:
    upstream.fault = "probe-silent"
    limits = Timeouts(connect=0.2)
    values = await ask(PerplexityLabs, upstream.base_url, "sonar", timeout=limits)
    assert values[-1] == FinishReason("stop")


@pytest.mark.parametrize("fault", ["", "no-websocket"])
async def test_pings_are_answered_all_the_time(restless: PerplexityEmulator, fault: str) -> None:
    restless.fault = fault
    values = await ask(PerplexityLabs, restless.base_url, "sonar")
    assert values[-1] == FinishReason("stop")
    assert next(iter(restless.sessions.values())).pongs >= 2


@pytest.mark.parametrize("fault", ["", "no-websocket"])
async def test_pings_before_the_first_token_are_answered(
    restless: PerplexityEmulator, fault: str
) -> None:
    restless.fault = fault
    messages = [{"role": "user", "content": "!fault:stall"}]
    _, error = await ask_in_vain(PerplexityLabs, restless.base_url, messages=messages, timeout=0.5)
    assert isinstance(error, Timeout)
    assert next(iter(restless.sessions.values())).pongs >= 2


async def test_a_server_that_stops_pinging_is_given_up() -> None:
    async with PerplexityEmulator(
        "no-pings", pace=0, ping_interval=0.1, ping_timeout=0.1
    ) as upstream:
        messages = [{"role": "user", "content": "!fault:stall"}]
        _, error = await ask_in_vain(PerplexityLabs, upstream.base_url, messages=messages)
    assert isinstance(error, Timeout)
    assert "0.2" in error.detail


FAULTS: list[tuple[str, type[ProviderError], bool]] = [
    ("failed", Unavailable, True),
    ("error-status", Unavailable, True),
    ("rewrite", UnexpectedResponse, True),
    ("disconnect", Unavailable, True),
    ("close", Unavailable, True),
    ("cut", Unavailable, True),
    ("binary", UnexpectedResponse, True),
    ("nonsense", UnexpectedResponse, True),
    ("no-packet", UnexpectedResponse, True),
    ("number", UnexpectedResponse, True),
    ("list", UnexpectedResponse, True),
    ("huge", UnexpectedResponse, True),
    ("endless", UnexpectedResponse, True),
    ("connect-error", RequestRejected, False),
    ("not-open", UnexpectedResponse, False),
    ("wrong-sid", Unavailable, False),
    ("html", UnexpectedResponse, False),
    ("empty", UnexpectedResponse, False),
    ("garbage", UnexpectedResponse, False),
    ("cloudflare", Unavailable, False),
    ("500", Unavailable, False),
    ("reset", Unavailable, False),
    ("hangup", Unavailable, False),
    ("429", RateLimited, False),
    ("403", AuthenticationFailed, False),
    ("redirect", RequestRejected, False),
]


@pytest.mark.parametrize(("fault", "kind", "begun"), FAULTS)
async def test_a_fault_becomes_an_error_and_keeps_what_was_said(
    upstream: PerplexityEmulator, fault: str, kind: type[ProviderError], begun: bool
) -> None:
    upstream.fault = fault
    values, error = await ask_in_vain(PerplexityLabs, upstream.base_url, "sonar")
    assert isinstance(error, kind)
    assert bool(text(values)) is begun


@pytest.mark.parametrize("fault", ["failed", "disconnect", "close", "binary", "nonsense"])
async def test_on_polling_a_fault_is_the_same_error(
    upstream: PerplexityEmulator, fault: str
) -> None:
    upstream.fault = "no-websocket"
    messages = [{"role": "user", "content": f"!fault:{fault}"}]
    values, error = await ask_in_vain(PerplexityLabs, upstream.base_url, "sonar", messages)
    assert text(values)
    assert isinstance(error, Unavailable | UnexpectedResponse)


async def test_on_polling_a_session_that_is_gone_is_an_error(upstream: PerplexityEmulator) -> None:
    upstream.fault = "no-websocket"
    messages = [{"role": "user", "content": "!fault:cut"}]
    values, error = await ask_in_vain(PerplexityLabs, upstream.base_url, "sonar", messages)
    assert text(values)
    assert isinstance(error, Unavailable)
    assert error.can_retry


@pytest.mark.parametrize("carrier", ["", "no-websocket"])
async def test_a_fault_asked_for_in_words_breaks_the_session(
    upstream: PerplexityEmulator, carrier: str
) -> None:
    upstream.fault = carrier
    messages = [{"role": "user", "content": "!fault:cloudflare"}]
    _, error = await ask_in_vain(PerplexityLabs, upstream.base_url, "sonar", messages)
    assert isinstance(error, Unavailable)


async def test_a_failure_tells_the_person_what_the_upstream_says(
    upstream: PerplexityEmulator,
) -> None:
    upstream.fault = "failed"
    _, error = await ask_in_vain(PerplexityLabs, upstream.base_url, "sonar")
    assert "Error in processing query" in error.message
    assert "query" not in error.detail


async def test_a_refusal_tells_the_person_why(upstream: PerplexityEmulator) -> None:
    upstream.fault = "connect-error"
    _, error = await ask_in_vain(PerplexityLabs, upstream.base_url)
    assert "Not allowed" in error.message


@pytest.mark.parametrize("fault", ["stall", "no-connect"])
async def test_an_upstream_silent_from_the_start_is_left(
    upstream: PerplexityEmulator, fault: str
) -> None:
    upstream.fault = fault
    _, error = await ask_in_vain(PerplexityLabs, upstream.base_url, timeout=0.3)
    assert isinstance(error, Timeout)


@pytest.mark.parametrize("fault", ["stall-middle", "repeat", "pings-only"])
async def test_pings_and_repetitions_are_no_answer(
    upstream: PerplexityEmulator, fault: str
) -> None:
    messages = [{"role": "user", "content": f"!fault:{fault}"}]
    values, error = await ask_in_vain(
        PerplexityLabs, upstream.base_url, "sonar", messages, timeout=0.3
    )
    assert isinstance(error, Timeout)
    assert bool(values) is (fault != "pings-only")


async def test_the_whole_answer_has_a_deadline(restless: PerplexityEmulator) -> None:
    restless.pace = 20
    limits = Timeouts(total=0.3)
    values, error = await ask_in_vain(PerplexityLabs, restless.base_url, "sonar", timeout=limits)
    assert isinstance(error, Timeout)
    assert text(values)


@pytest.mark.parametrize("fault", ["", "no-websocket"])
async def test_leaving_early_ends_the_session(upstream: PerplexityEmulator, fault: str) -> None:
    upstream.fault = fault
    messages = [{"role": "user", "content": "!fault:stall-middle"}]
    answer = PerplexityLabs.create_async_generator("sonar", messages, base_url=upstream.base_url)
    assert await anext(answer)
    await answer.aclose()
    session = next(iter(upstream.sessions.values()))
    await until(lambda: session.closed)


async def test_an_answer_leaves_no_task_behind(upstream: PerplexityEmulator) -> None:
    before = asyncio.all_tasks()
    upstream.fault = "probe-wrong"
    await ask(PerplexityLabs, upstream.base_url, "sonar")
    upstream.fault = "cut"
    await ask_in_vain(PerplexityLabs, upstream.base_url, "sonar")
    ours = [task for task in asyncio.all_tasks() - before if "providers" in repr(task.get_coro())]
    assert ours == []


async def test_nobody_listening_is_unavailable() -> None:
    emulator = PerplexityEmulator()
    await emulator.start()
    address = emulator.base_url
    await emulator.stop()
    _, error = await ask_in_vain(PerplexityLabs, address)
    assert isinstance(error, Unavailable)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 (the emulator's state has no event)
            await asyncio.sleep(0)


def grown(*texts: str) -> list[str]:
    answer = GrowingText()
    fragments = []
    for number, whole in enumerate(texts):
        answer.put(whole, final=number == len(texts) - 1)
        fragments.append(answer.take())
    return fragments


def test_a_text_that_shrinks_and_grows_again_is_said_once() -> None:
    assert grown("Hello", "He", "Hello", "Hello you") == ["Hello", "", "", " you"]


def test_a_text_that_contradicts_itself_is_not_continued() -> None:
    assert grown("Hello", "Howdy my friend", "Hello friend") == ["Hello", "", " friend"]


def test_half_a_character_waits_for_its_other_half() -> None:
    assert grown("a\ud83d", "a\ud83d\ude00"[:1] + "😀", "a😀b") == ["a", "😀", "b"]
    assert grown("a\ufffd", "aé") == ["a", "é"]


def test_a_last_text_that_contradicts_what_was_said_is_an_error() -> None:
    answer = GrowingText()
    answer.put("Hello", final=False)
    answer.take()
    answer.put("Howdy", final=True)
    with pytest.raises(UnexpectedResponse):
        answer.finish()


@given(st.text(), st.lists(st.integers(0, 100)))
def test_whatever_prefixes_come_in_whatever_order_the_text_is_said_once(
    whole: str, cuts: list[int]
) -> None:
    assert "".join(grown(*(whole[:cut] for cut in cuts), whole)) == whole

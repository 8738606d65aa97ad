"""Pizzagpt against its emulator: what goes over the wire, both answers, every fault."""

from collections.abc import AsyncIterator

import pytest

from providers.errors import (
    AuthenticationFailed,
    ProviderError,
    RateLimited,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.pizzagpt import Misuse, Pizzagpt
from providers.response import FinishReason
from tests.emulators.pizzagpt import PizzagptEmulator
from tests.providers.asking import HELLO, ask, ask_in_vain, text


@pytest.fixture
async def upstream() -> AsyncIterator[PizzagptEmulator]:
    async with PizzagptEmulator(pace=0) as emulator:
        yield emulator


async def test_the_question_goes_out_as_the_upstream_s_page_sends_it(
    upstream: PizzagptEmulator,
) -> None:
    values = await ask(Pizzagpt, upstream.base_url)
    request = upstream.requests[0]
    assert (request.method, request.target) == ("POST", "/api/chatx-completion")
    assert request.json() == {"question": HELLO[0]["content"]}
    wanted = {
        "accept": "application/json",
        "content-type": "application/json",
        "origin": "https://www.pizzagpt.it",
        "referer": "https://www.pizzagpt.it/en",
        "x-secret": "Marinara",
    }
    assert wanted.items() <= request.headers.items()
    assert "Hello 😀, who are you?" in text(values)
    assert values[-1] == FinishReason("stop")


async def test_several_messages_become_one_text(upstream: PizzagptEmulator) -> None:
    messages = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": [{"type": "text", "text": "U1"}]},
        {"role": "assistant", "content": "A1"},
        {"role": "user", "content": "U2"},
    ]
    await ask(Pizzagpt, upstream.base_url, messages=messages)
    question = upstream.requests[0].json()["question"]
    assert question == "System: S\nUser: U1\nAssistant: A1\nUser: U2\nAssistant:"


async def test_the_secret_word_can_be_another_one(upstream: PizzagptEmulator) -> None:
    upstream.secret = "Diavola"
    assert await ask(Pizzagpt, upstream.base_url, x_secret="Diavola")
    _, error = await ask_in_vain(Pizzagpt, upstream.base_url)
    assert isinstance(error, Misuse)


async def test_headers_of_the_endpoint_come_on_top(upstream: PizzagptEmulator) -> None:
    await ask(Pizzagpt, upstream.base_url, headers={"referer": "https://example.org/"})
    assert upstream.requests[0].headers["referer"] == "https://example.org/"


async def test_both_shapes_of_an_answer_are_read(upstream: PizzagptEmulator) -> None:
    nested = await ask(Pizzagpt, upstream.base_url)
    upstream.fault = "flat"
    assert await ask(Pizzagpt, upstream.base_url) == nested


@pytest.mark.parametrize("fault", ["misuse", "misuse-lower"])
async def test_misuse_is_rejected_and_also_a_value_error(
    upstream: PizzagptEmulator, fault: str
) -> None:
    upstream.fault = fault
    _, error = await ask_in_vain(Pizzagpt, upstream.base_url)
    assert isinstance(error, RequestRejected)
    assert isinstance(error, ValueError)
    assert "another program" in error.message


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("no-content", UnexpectedResponse),
        ("answer-null", UnexpectedResponse),
        ("missing", UnexpectedResponse),
        ("list", UnexpectedResponse),
        ("number", UnexpectedResponse),
        ("html", UnexpectedResponse),
        ("empty", UnexpectedResponse),
        ("garbage", UnexpectedResponse),
        ("huge", UnexpectedResponse),
        ("endless", UnexpectedResponse),
        ("cloudflare", Unavailable),
        ("401", AuthenticationFailed),
        ("403", AuthenticationFailed),
        ("429", RateLimited),
        ("500", Unavailable),
        ("502", Unavailable),
        ("redirect", RequestRejected),
        ("reset", Unavailable),
        ("hangup", Unavailable),
        ("half", Unavailable),
    ],
)
async def test_a_fault_becomes_an_error_with_a_sentence(
    upstream: PizzagptEmulator, fault: str, kind: type[ProviderError]
) -> None:
    upstream.fault = fault
    values, error = await ask_in_vain(Pizzagpt, upstream.base_url)
    assert values == []
    assert isinstance(error, kind)


async def test_an_empty_answer_says_so(upstream: PizzagptEmulator) -> None:
    upstream.fault = "no-content"
    _, error = await ask_in_vain(Pizzagpt, upstream.base_url)
    assert error.message == "Pizzagpt sent an empty answer."


async def test_a_fault_can_be_asked_for_in_words(upstream: PizzagptEmulator) -> None:
    messages = [{"role": "user", "content": "please !fault:429 now"}]
    _, error = await ask_in_vain(Pizzagpt, upstream.base_url, messages=messages)
    assert isinstance(error, RateLimited)


async def test_a_stalled_upstream_is_left_after_the_timeout(upstream: PizzagptEmulator) -> None:
    upstream.fault = "stall"
    _, error = await ask_in_vain(Pizzagpt, upstream.base_url, timeout=0.2)
    assert isinstance(error, Timeout)
    await upstream.requests[0].client_left.wait()


async def test_nobody_listening_is_unavailable() -> None:
    emulator = PizzagptEmulator()
    await emulator.start()
    address = emulator.base_url
    await emulator.stop()
    _, error = await ask_in_vain(Pizzagpt, address)
    assert isinstance(error, Unavailable)

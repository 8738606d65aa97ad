"""Vitalentum against its emulator: what goes over the wire, its stream, every fault."""

import json
from collections.abc import AsyncIterator

import pytest

from providers.errors import (
    ProviderError,
    RateLimited,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.response import FinishReason
from providers.vitalentum import Vitalentum
from tests.emulators.vitalentum import VitalentumEmulator
from tests.providers.asking import HELLO, ask, ask_in_vain, text


@pytest.fixture
async def upstream() -> AsyncIterator[VitalentumEmulator]:
    async with VitalentumEmulator(pace=0) as emulator:
        yield emulator


async def test_the_conversation_goes_out_as_json_inside_json(upstream: VitalentumEmulator) -> None:
    messages = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "U1"},
        {"role": "assistant", "content": "A1"},
        {"role": "user", "content": [{"type": "text", "text": "Ü2"}]},
    ]
    await ask(Vitalentum, upstream.base_url, "gpt-3.5-turbo", messages)
    request = upstream.requests[0]
    assert (request.method, request.target) == ("POST", "/api/converse-edge")
    body = request.json()
    assert json.loads(body.pop("conversation")) == {
        "history": [
            {"speaker": "bot", "text": "S"},
            {"speaker": "human", "text": "U1"},
            {"speaker": "bot", "text": "A1"},
            {"speaker": "human", "text": "Ü2"},
        ]
    }
    assert body == {"temperature": 0.7}
    wanted = {
        "accept": "text/event-stream",
        "content-type": "application/json",
        "origin": "https://app.vitalentum.io",
        "referer": "https://app.vitalentum.io/",
    }
    assert wanted.items() <= request.headers.items()


async def test_further_keywords_are_merged_into_the_top_level(upstream: VitalentumEmulator) -> None:
    await ask(Vitalentum, upstream.base_url, temperature=0.2, stream=True)
    body = upstream.requests[0].json()
    assert body["temperature"] == 0.2
    assert body["stream"] is True
    assert "model" not in body


async def test_the_answer_comes_in_pieces_and_ends_with_its_reason(
    upstream: VitalentumEmulator,
) -> None:
    values = await ask(Vitalentum, upstream.base_url)
    assert len(values) > 10
    assert str(HELLO[0]["content"]) in text(values)
    assert values[-1] == FinishReason("stop")


async def test_the_upstream_s_own_reason_is_handed_on(upstream: VitalentumEmulator) -> None:
    upstream.fault = "length"
    assert (await ask(Vitalentum, upstream.base_url))[-1] == FinishReason("length")


@pytest.mark.parametrize(
    "fault",
    ["crlf", "nospace", "bytes", "comments", "no-newline", "empty-choices", "no-delta", "null",
     "no-done"],
)  # fmt: skip
async def test_every_shape_of_the_stream_is_the_same_answer(
    upstream: VitalentumEmulator, fault: str
) -> None:
    usual = await ask(Vitalentum, upstream.base_url)
    upstream.fault = fault
    assert await ask(Vitalentum, upstream.base_url) == usual


@pytest.mark.parametrize(
    ("fault", "kind", "begun"),
    [
        ("no-choices", UnexpectedResponse, True),
        ("not-json", UnexpectedResponse, True),
        ("silent", UnexpectedResponse, False),
        ("garbage", UnexpectedResponse, False),
        ("huge", UnexpectedResponse, True),
        ("endless", UnexpectedResponse, True),
        ("no-end", Unavailable, True),
        ("cut", Unavailable, True),
        ("empty", Unavailable, False),
        ("html", Unavailable, False),
        ("cloudflare", Unavailable, False),
        ("500", Unavailable, False),
        ("reset", Unavailable, False),
        ("hangup", Unavailable, False),
        ("429", RateLimited, False),
        ("redirect", RequestRejected, False),
    ],
)
async def test_a_fault_becomes_an_error_and_keeps_what_was_said(
    upstream: VitalentumEmulator, fault: str, kind: type[ProviderError], begun: bool
) -> None:
    upstream.fault = fault
    values, error = await ask_in_vain(Vitalentum, upstream.base_url)
    assert isinstance(error, kind)
    assert bool(text(values)) is begun


async def test_a_malformed_temperature_is_rejected(upstream: VitalentumEmulator) -> None:
    _, error = await ask_in_vain(Vitalentum, upstream.base_url, temperature=7)
    assert isinstance(error, RequestRejected)


@pytest.mark.parametrize("fault", ["stall", "stall-middle"])
async def test_a_stalled_upstream_is_left_after_the_timeout(
    upstream: VitalentumEmulator, fault: str
) -> None:
    upstream.fault = fault
    values, error = await ask_in_vain(Vitalentum, upstream.base_url, timeout=0.2)
    assert isinstance(error, Timeout)
    assert bool(values) is (fault == "stall-middle")
    await upstream.requests[0].client_left.wait()


async def test_leaving_early_closes_the_connection(upstream: VitalentumEmulator) -> None:
    upstream.fault = "stall-middle"
    answer = Vitalentum.create_async_generator("", HELLO, base_url=upstream.base_url)
    assert await anext(answer)
    await answer.aclose()
    await upstream.requests[0].client_left.wait()

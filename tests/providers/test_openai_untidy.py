"""An answer that came whole is a good answer, however untidily its server labels and ends it."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest
import pytest_asyncio

from providers import openai_body
from providers.base import Timeouts
from providers.errors import RateLimited, RequestRejected, UnexpectedResponse
from providers.openai_chunks import Answer
from providers.openai_compatible import OpenAICompatible
from providers.response import FinishReason, Usage
from tests.emulators.answers import answer_to
from tests.emulators.openai import OpenAIEmulator
from tests.providers.asking import HELLO, ask, ask_in_vain, text

WHOLE = answer_to("Hello 😀, who are you?", "emulator")


@pytest_asyncio.fixture
async def emulator() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator(pace=0) as running:
        yield running


@pytest.mark.parametrize(
    "fault", ["finish-cut", "plain-json", "plain-events", "repeats", "long-refusal"]
)
async def test_an_answer_that_came_whole_is_good(emulator, fault):
    emulator.fault = fault
    values = await ask(OpenAICompatible, emulator.base_url, "emulator")
    assert text(values) == WHOLE
    assert values[-1] == FinishReason("stop")


async def test_after_the_finish_reason_usage_is_waited_for_only_a_little(emulator, monkeypatch):
    monkeypatch.setattr(openai_body, "_USAGE_SECONDS", 0.2)
    emulator.fault = "finish-stall"
    began = monotonic()
    values = await ask(OpenAICompatible, emulator.base_url, "emulator", timeout=Timeouts(read=20))
    assert monotonic() - began < 10
    assert text(values) == WHOLE
    assert values[-1] == FinishReason("stop")
    async with asyncio.timeout(3):
        await emulator.until_calm()


async def test_a_finish_reason_in_every_chunk_is_no_end(emulator, monkeypatch):
    monkeypatch.setattr(openai_body, "_USAGE_SECONDS", 0.05)
    emulator.fault = "goes-on"
    assert text(await ask(OpenAICompatible, emulator.base_url, "emulator")) == WHOLE


async def test_usage_behind_the_finish_reason_is_still_told(emulator):
    values = await ask(OpenAICompatible, emulator.base_url, "emulator")
    assert Usage(11, 42, 53, {"cached_tokens": 3, "reasoning_tokens": 7}) in values


async def test_a_long_refusal_is_asked_again_without_what_it_refuses(emulator):
    emulator.fault = "long-refusal"
    await ask(OpenAICompatible, emulator.base_url, "emulator")
    asked = ["stream_options" in request.json() for request in emulator.requests]
    assert asked == [True, False]


async def test_a_page_labelled_as_json_is_told_as_a_page(emulator):
    async def respond(exchange, *_):
        await exchange.respond(body="<html></html>", headers={"Content-Type": "application/json"})

    emulator.handle = respond
    _, error = await ask_in_vain(OpenAICompatible, emulator.base_url, "emulator")
    assert isinstance(error, UnexpectedResponse)
    assert "web page" in error.message


async def test_a_limit_per_minute_is_no_empty_account_and_says_when_to_come_back(emulator):
    emulator.fault = "per-minute"
    _, error = await ask_in_vain(OpenAICompatible, emulator.base_url, "emulator")
    assert isinstance(error, RateLimited)
    assert error.retry_after == 1.98


async def test_a_model_without_eyes_is_named_as_the_reason(emulator):
    emulator.fault = "no-pictures"
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages = [*HELLO, {"role": "user", "content": [picture]}]
    _, error = await ask_in_vain(OpenAICompatible, emulator.base_url, "emulator", messages)
    assert isinstance(error, RequestRejected)
    assert "does not take pictures" in error.message


def said(*choices):
    answer = Answer()
    return [value for choice in choices for value in answer.read({"choices": [choice]})]


@pytest.mark.parametrize(
    "choices",
    [
        [{"delta": {"content": "Hi"}}, {"delta": {}, "message": {"content": "Hi"}}],
        [{"delta": {"content": "Hi"}}, {"message": {"content": "Hi"}}],
        [{"delta": {"content": "Hi"}, "message": {"content": "Hi"}}],
        [{"message": {"content": "Hi"}}],
        [{"delta": None, "message": {"content": "Hi"}}],
    ],
)
def test_what_was_said_is_not_said_again(choices):
    assert said(*choices) == ["Hi"]

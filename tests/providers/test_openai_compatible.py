"""The OpenAI-compatible provider against an emulator of the wire and its common dialects."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from openai import AsyncOpenAI, NotFoundError

from providers.base import Timeouts
from providers.errors import (
    AuthenticationFailed,
    ContentBlocked,
    ContextTooLong,
    ModelNotFound,
    RateLimited,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.openai_compatible import OpenAICompatible
from providers.openai_models import ModelInfo, parse_models
from providers.response import FinishReason, ImageResponse, Source, Sources, Usage
from tests.emulators.answers import answer_to
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.openai_chunks import CITATION, CITED, MODELS, PICTURE, THOUGHT
from tests.providers.asking import ask, ask_in_vain, text, thoughts

QUESTION = "Hello 😀, who are you?"


@pytest_asyncio.fixture
async def emulator() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator(pace=0) as running:
        yield running


async def test_an_answer_comes_in_pieces_with_usage_and_the_finish_reason_last(emulator):
    values = await ask(OpenAICompatible, emulator.base_url, "emulator")
    assert text(values) == answer_to(QUESTION, "emulator")
    assert len(values) > 10
    assert values[-2:] == [
        Usage(11, 42, 53, {"cached_tokens": 3, "reasoning_tokens": 7}),
        FinishReason("stop"),
    ]


async def test_the_request_is_what_the_wire_asks_for(emulator):
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Look"}, part]},
    ]
    await ask(
        OpenAICompatible,
        emulator.base_url + "/",
        "emulator",
        messages,
        api_key="sk-test",
        headers={"X-Title": "Chat"},
        temperature=0.5,
        aspect_ratio="16:9",
        extra_body={"provider": {"sort": "price"}},
    )
    [request] = emulator.requests
    assert request.target == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-test"
    assert request.headers["x-title"] == "Chat"
    assert request.json() == {
        "model": "emulator",
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "provider": {"sort": "price"},
    }


async def test_what_looks_like_a_variable_is_sent_as_it_is(emulator, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "wild-geese")
    typed = "${SECRET_KEY} $SECRET_KEY %(SECRET_KEY)s {SECRET_KEY}"
    asked = [{"role": "user", "content": typed}]
    more = {"api_key": "$SECRET_KEY", "headers": {"X-Title": typed}}
    await ask(OpenAICompatible, emulator.base_url, "emulator", asked, **more)
    [request] = emulator.requests
    assert request.headers["authorization"] == "Bearer $SECRET_KEY"
    assert request.headers["x-title"] == typed
    assert request.json()["messages"] == asked


@pytest.mark.parametrize(
    "model", ["emulator-reasoning", "emulator-openrouter", "emulator-think", "emulator-mistral"]
)
async def test_reasoning_is_found_in_every_dialect(emulator, model):
    values = await ask(OpenAICompatible, emulator.base_url, model)
    assert thoughts(values) == THOUGHT
    assert text(values) == answer_to(QUESTION, model)


async def test_pictures_and_citations_of_openrouter_become_values(emulator):
    values = await ask(OpenAICompatible, emulator.base_url, "emulator-openrouter")
    assert ImageResponse((PICTURE,)) in values
    assert Sources((Source(CITATION["url"], CITATION["title"]),)) in values


async def test_citations_of_perplexity_become_one_list_of_sources_in_their_order(emulator):
    values = await ask(OpenAICompatible, emulator.base_url, "emulator-search")
    found = [value for value in values if isinstance(value, Sources)]
    assert found == [Sources((Source(CITATION["url"], CITATION["title"]), Source(CITED)))]


@pytest.mark.parametrize(
    "fault", ["json", "no-usage", "crlf", "nospace", "bytes", "comments", "no-newline", "no-done"]
)
async def test_a_server_with_habits_of_its_own_is_understood(emulator, fault):
    emulator.fault = fault
    values = await ask(OpenAICompatible, emulator.base_url, "emulator")
    assert text(values) == answer_to(QUESTION, "emulator")
    assert values[-1] == FinishReason("stop")


async def test_a_refusal_is_the_answer(emulator):
    emulator.fault = "refusal"
    assert text(await ask(OpenAICompatible, emulator.base_url, "emulator")) == "I must decline."


async def test_the_finish_reason_is_the_upstreams(emulator):
    emulator.fault = "length"
    assert (await ask(OpenAICompatible, emulator.base_url, "emulator"))[-1] == FinishReason(
        "length"
    )


async def test_a_fragment_of_a_megabyte_is_still_a_fragment(emulator):
    emulator.fault = "line"
    assert "x" * 1024 * 1024 in await ask(OpenAICompatible, emulator.base_url, "emulator")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("401", AuthenticationFailed),
        ("403", AuthenticationFailed),
        ("cloudflare", Unavailable),
        ("402", RequestRejected),
        ("404", RequestRejected),
        ("429", RateLimited),
        ("quota", RequestRejected),
        ("500", Unavailable),
        ("502", Unavailable),
        ("redirect", RequestRejected),
        ("html", UnexpectedResponse),
        ("empty", Unavailable),
        ("stall", Timeout),
        ("reset", Unavailable),
        ("hangup", Unavailable),
        ("garbage", UnexpectedResponse),
        ("context", ContextTooLong),
        ("filter", ContentBlocked),
        ("filtered", ContentBlocked),
        ("error-chunk", Unavailable),
        ("rate-chunk", RateLimited),
        ("not-json", UnexpectedResponse),
        ("cut", Unavailable),
        ("unfinished", Unavailable),
        ("stall-middle", Timeout),
        ("huge", UnexpectedResponse),
        ("endless", UnexpectedResponse),
    ],
)
async def test_every_fault_ends_in_an_error_of_its_kind(emulator, fault, kind):
    emulator.fault = fault
    _, error = await ask_in_vain(
        OpenAICompatible, emulator.base_url, "emulator", timeout=Timeouts(read=0.3)
    )
    assert type(error) is kind
    assert "SECRET-QUESTION" not in str(error)


async def test_retry_after_reaches_whoever_asked(emulator):
    emulator.fault = "429"
    _, error = await ask_in_vain(OpenAICompatible, emulator.base_url, "emulator")
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7


async def test_an_unknown_model_is_a_model_not_found(emulator):
    _, error = await ask_in_vain(OpenAICompatible, emulator.base_url, "gpt-9")
    assert isinstance(error, ModelNotFound)


async def test_a_key_that_cannot_be_a_header_is_refused_without_being_shown(emulator):
    _, error = await ask_in_vain(OpenAICompatible, emulator.base_url, "emulator", api_key="sk-ключ")
    assert isinstance(error, RequestRejected)
    assert "ключ" not in repr(error)
    assert error.__cause__ is None


async def test_the_models_of_a_server_are_listed_with_what_it_says_of_them(emulator):
    models = await OpenAICompatible.fetch_models(emulator.base_url)
    assert [model.id for model in models] == list(MODELS)
    assert models[0].context_length == 8192
    assert models[1].context_length == 4096
    assert models[2] == ModelInfo(
        "emulator-openrouter", "Emulator: like OpenRouter", None, reads_images=True, draws=True
    )
    assert models[3].context_length == 2048


async def test_a_wrong_key_is_told_when_models_are_listed(emulator):
    emulator.api_key = "right"
    with pytest.raises(AuthenticationFailed):
        await OpenAICompatible.fetch_models(emulator.base_url, api_key="wrong")
    assert await OpenAICompatible.fetch_models(emulator.base_url, api_key="right")


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ({"models": [{"name": "llama3:8b", "model": "llama3:8b"}]}, ["llama3:8b"]),
        ([{"id": "a"}, {"id": "b"}, {"id": "a"}], ["a", "b"]),
        ({"data": [{"id": 7}, None, "x", {"id": ""}]}, ["x"]),
        ({"data": []}, []),
    ],
)
def test_lists_of_models_are_read_in_each_shape(answer, names):
    assert [model.id for model in parse_models(answer)] == names


@pytest.mark.parametrize("answer", [None, 5, {}, {"data": {}}, "x"])
def test_what_is_no_list_of_models_is_an_error(answer):
    with pytest.raises(UnexpectedResponse):
        parse_models(answer)


async def test_an_address_that_is_none_is_rejected():
    for base_url in ("localhost:11434", "ftp://x/v1", "http://[::1"):
        _, error = await ask_in_vain(OpenAICompatible, base_url, "x")
        assert isinstance(error, RequestRejected)


async def test_the_official_client_reads_the_emulator(emulator):
    async with AsyncOpenAI(base_url=emulator.base_url, api_key="any", max_retries=0) as client:
        messages = [{"role": "user", "content": QUESTION}]
        whole = await client.chat.completions.create(model="emulator", messages=messages)
        assert whole.choices[0].message.content == answer_to(QUESTION, "emulator")
        pieces = [
            chunk
            async for chunk in await client.chat.completions.create(
                model="emulator",
                messages=messages,
                stream=True,
                stream_options={"include_usage": True},
            )
        ]
        said = "".join(c.choices[0].delta.content or "" for c in pieces if c.choices)
        assert said == answer_to(QUESTION, "emulator")
        assert pieces[-1].usage.total_tokens == 53
        assert [model.id async for model in client.models.list()] == list(MODELS)
        with pytest.raises(NotFoundError, match="does not exist"):
            await client.chat.completions.create(model="gpt-9", messages=messages)

"""The contract that every provider keeps, as classes of tests.

Subclass UpstreamContract in a test file, give it a fixture `case`, and pytest runs all of it
against the provider's emulator; ProviderContract is the part for a provider without an upstream.
"""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from providers.base import AsyncGeneratorProvider, AsyncResult, Messages, Timeouts
from providers.errors import ProviderError, RequestRejected, Unavailable
from providers.response import (
    FinishReason,
    ImageResponse,
    Reasoning,
    Sources,
    Usage,
    Value,
)
from tests.emulators.proxies import Proxy
from tests.emulators.talker import Talker
from tests.providers.asking import ask_in_vain, text

KEY = "sk-contract-key-0815"
QUESTION = "Where does the quetzal sleep?"
VALUES = (str, Reasoning, Sources, ImageResponse, Usage, FinishReason)
HTTP_FAULTS = [
    "cloudflare",
    "401",
    "402",
    "403",
    "404",
    "429",
    "500",
    "502",
    "redirect",
    "html",
    "empty",
    "stall",
    "reset",
    "garbage",
    "hangup",
]


@dataclass
class Case:
    """One provider under test.

    `emulator` is running, None where there is no upstream; `breaks` is the emulator's fault that
    breaks an answer off in its middle; `please` is added to each question.
    """

    provider: type[AsyncGeneratorProvider]
    emulator: Talker | None = None
    model: str = ""
    breaks: str = "cut"
    please: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def ask(self, question: str = QUESTION, **options: Any) -> AsyncResult:
        return self.talk([{"role": "user", "content": question + self.please}], **options)

    def talk(self, messages: Messages, **options: Any) -> AsyncResult:
        return self.provider.create_async_generator(
            self.model, messages, **(self.address | self.options | options)
        )

    @property
    def address(self) -> dict[str, Any]:
        return {"base_url": self.emulator.base_url} if self.emulator else {}

    @property
    def upstream(self) -> Talker:
        assert self.emulator is not None
        return self.emulator


async def collect(answer: AsyncResult) -> list[Value]:
    return [value async for value in answer]


class ProviderContract:
    """What may be relied upon whichever provider answers."""

    @pytest.fixture
    async def case(self) -> AsyncIterator[Case]:
        """The provider under test with its emulator running at pace 0."""
        raise NotImplementedError
        yield

    async def test_it_yields_only_the_known_values_and_one_finish_reason_last(self, case):
        values = await collect(case.ask())
        assert all(isinstance(value, VALUES) for value in values)
        assert isinstance(values[-1], FinishReason)
        assert sum(isinstance(value, FinishReason) for value in values) == 1

    async def test_its_fragments_joined_are_the_answer_and_none_is_empty(self, case):
        values = await collect(case.ask())
        assert QUESTION in text(values)
        assert "" not in values
        assert Reasoning("") not in values

    async def test_both_forms_of_asking_answer(self, case):
        assert text(await collect(await case.ask())) == text(await collect(case.ask()))

    async def test_what_it_says_of_itself_fits_together(self, case):
        provider = case.provider
        assert provider.label
        if case.emulator:
            assert provider.url.startswith("https://")
        assert set(provider.image_models) <= set(provider.models)
        if provider.models:
            assert provider.default_model in provider.models

    async def test_answers_at_the_same_time_do_not_mix(self, case):
        questions = [f"What is {number * 1111}?" for number in range(1, 7)]
        answers = await asyncio.gather(*(collect(case.ask(each)) for each in questions))
        for question, values in zip(questions, answers, strict=True):
            assert question in text(values)
            assert not any(other in text(values) for other in questions if other != question)

    async def test_an_answer_leaves_the_class_as_it_was(self, case):
        before = dict(vars(case.provider))
        await collect(case.ask())
        assert dict(vars(case.provider)) == before

    async def test_the_log_holds_no_key_no_question_and_no_answer(self, case, caplog):
        caplog.set_level("DEBUG")
        values = await collect(case.ask(api_key=KEY))
        words = [word for word in text(values).split() if len(word) > 5]
        assert KEY not in caplog.text
        assert "quetzal" not in caplog.text
        assert not [word for word in words if f" {word} " in caplog.text]

    async def test_any_conversation_is_taken(self, case):
        parts = [
            {"type": "text", "text": QUESTION + case.please},
            {"type": "text", "text": "\ud83d \0 😀"},
        ]
        values = await collect(
            case.talk(
                [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "Hello"},
                    {"role": "assistant", "content": "Hello yourself"},
                    {"role": "user", "content": parts},
                ]
            )
        )
        assert isinstance(values[-1], FinishReason)
        text(values).encode("utf-8")

    async def test_a_proxy_that_cannot_be_parsed_is_a_clear_error(self, case):
        with pytest.raises(RequestRejected, match="proxy setting"):
            await collect(case.ask(proxy="http://your-proxy-server:port"))

    async def test_an_answer_nobody_reads_asks_nothing_and_warns_of_nothing(self, case):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            case.ask()
            gc.collect()
            await asyncio.sleep(0)
        if case.emulator:
            assert case.emulator.requests == []


class UpstreamContract(ProviderContract):
    """What may be relied upon where there is an upstream."""

    async def test_leaving_early_closes_the_upstream(self, case):
        upstream = case.upstream
        upstream.pace = 20
        async with case.ask() as answer:
            assert await anext(answer)
        async with asyncio.timeout(3):
            await upstream.until_calm()

    async def test_a_cancel_while_it_waits_closes_the_upstream(self, case):
        upstream = case.upstream
        upstream.fault = "stall"
        reading = asyncio.ensure_future(collect(case.ask()))
        async with asyncio.timeout(3):
            await upstream.was_asked.wait()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await upstream.until_calm()

    async def test_closing_from_another_task_ends_the_loop(self, case):
        upstream = case.upstream
        upstream.fault = "stall"
        answer = case.ask()
        reading = asyncio.ensure_future(collect(answer))
        async with asyncio.timeout(3):
            await upstream.was_asked.wait()
            await answer.aclose()
            assert await reading == []
            await upstream.until_calm()

    @pytest.mark.parametrize("fault", HTTP_FAULTS)
    async def test_every_fault_of_the_upstream_is_a_provider_error(self, case, fault):
        upstream = case.upstream
        upstream.fault = fault
        values, error = await ask_in_vain(
            case.provider, upstream.base_url, case.model, timeout=Timeouts(connect=1, read=0.3)
        )
        assert isinstance(error, ProviderError)
        assert text(values) == ""
        async with asyncio.timeout(3):
            await upstream.until_calm()

    async def test_an_upstream_that_nobody_runs_is_unavailable(self, case):
        with pytest.raises(Unavailable):
            await collect(case.ask(base_url="http://127.0.0.1:1"))

    async def test_nothing_is_asked_again_once_the_answer_has_begun(self, case):
        upstream = case.upstream
        upstream.fault = case.breaks
        values: list[Value] = []
        with pytest.raises(ProviderError):
            async for value in case.ask():
                values.append(value)
        asked = [request for request in upstream.requests if QUESTION.encode() in request.body]
        assert len(asked) <= 1

    @pytest.mark.parametrize("scheme", ["http", "socks5", "socks4"])
    async def test_a_proxy_is_used(self, case, scheme):
        upstream = case.upstream
        async with Proxy(scheme) as proxy:
            assert QUESTION in text(await collect(case.ask(proxy=proxy.url)))
            assert set(proxy.asked) == {f"127.0.0.1:{upstream.port}"}

"""The benchmark's upstream speaks the wire the product's own client reads."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest

from benchmarks import texts, upstream
from providers.openai_compatible import OpenAICompatible

TOKENS = 6


@pytest.fixture
async def port() -> AsyncIterator[int]:
    server = upstream.Upstream()
    yield await server.start()
    await server.close()


async def ask(port: int, model: str, question: str) -> str:
    result = OpenAICompatible.create_async_generator(
        model=model,
        messages=[{"role": "user", "content": question}],
        base_url=f"http://127.0.0.1:{port}/v1",
    )
    return "".join([value async for value in result if isinstance(value, str)])


async def times(port: int) -> dict[str, Any]:
    def fetch() -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/times", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    return await asyncio.to_thread(fetch)


@pytest.mark.parametrize("model", [f"bench-1000-{TOKENS}-0", f"bench-0-{TOKENS}-0"])
async def test_as_many_tokens_come_as_the_model_is_called(port: int, model: str):
    text = await ask(port, model, "one")
    assert len(text) == TOKENS * upstream.TOKEN_CHARS
    assert text in texts.corpus()[0]


async def test_it_notes_when_each_answer_began_and_ended(port: int):
    await asyncio.gather(*(ask(port, "bench-500-20-5", f"question {n}") for n in range(30)))
    noted = await times(port)
    assert set(noted) == {f"question {n}" for n in range(30)}
    for one in noted.values():
        assert one["asked"] < one["first"] < one["last"]
        assert (one["tokens"], one["chars"]) == (20, 20 * upstream.TOKEN_CHARS)


async def test_what_was_told_is_forgotten(port: int):
    await ask(port, "bench-0-1-0", "one")
    assert set(await times(port)) == {"one"}
    assert await times(port) == {}


async def test_a_reader_that_leaves_does_not_stop_the_others(port: int):
    leaving = OpenAICompatible.create_async_generator(
        model="bench-200-1000-0",
        messages=[{"role": "user", "content": "leaving"}],
        base_url=f"http://127.0.0.1:{port}/v1",
    )
    await anext(leaving)
    await leaving.aclose()
    assert len(await ask(port, "bench-200-20-0", "staying")) == 20 * upstream.TOKEN_CHARS

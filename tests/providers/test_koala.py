"""Koala against its emulator: what goes over the wire, every shape of its stream, every fault."""

import itertools
import json
from collections.abc import AsyncIterator

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
from providers.koala import Koala
from providers.response import FinishReason
from tests.emulators.koala import KoalaEmulator
from tests.providers.asking import HELLO, ask, ask_in_vain, text


@pytest.fixture
async def upstream() -> AsyncIterator[KoalaEmulator]:
    async with KoalaEmulator(pace=0) as emulator:
        yield emulator


class Response:
    """A response as other HTTP clients have them: its content comes in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    @property
    async def content(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


async def parsed(*pieces: bytes) -> list[object]:
    return [item async for item in Koala._parse_event_stream(Response(*pieces))]


async def test_the_conversation_goes_out_as_two_lists_and_the_last_words(
    upstream: KoalaEmulator,
) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "U1"},
        {"role": "assistant", "content": "A1"},
        {"role": "user", "content": "U2"},
        {"role": "assistant", "content": "A2"},
        {"role": "user", "content": [{"type": "text", "text": "U3"}]},
    ]
    await ask(Koala, upstream.base_url, "gpt-4o", messages)
    request = upstream.requests[0]
    assert (request.method, request.target) == ("POST", "/api/gpt/")
    assert request.json() == {
        "input": "U3 Be brief.",
        "inputHistory": ["U1", "U2"],
        "outputHistory": ["A1", "A2"],
        "model": "gpt-4o",
    }
    wanted = {
        "accept": "text/event-stream",
        "content-type": "application/json",
        "origin": "https://koala.sh",
        "referer": "https://koala.sh/chat",
        "flag-real-time-data": "false",
        "alt-used": "koala.sh",
    }
    assert wanted.items() <= request.headers.items()


async def test_an_empty_model_is_the_default_one(upstream: KoalaEmulator) -> None:
    await ask(Koala, upstream.base_url, "")
    assert upstream.requests[0].json()["model"] == "gpt-4o-mini"


async def test_every_request_is_another_visitor(upstream: KoalaEmulator) -> None:
    await ask(Koala, upstream.base_url)
    await ask(Koala, upstream.base_url)
    visitors = [request.headers["visitor-id"] for request in upstream.requests]
    assert all(len(visitor) == 20 and visitor.isalnum() for visitor in visitors)
    assert visitors[0] != visitors[1]


async def test_a_connector_is_accepted(upstream: KoalaEmulator) -> None:
    assert await ask(Koala, upstream.base_url, connector=None)


async def test_the_answer_comes_in_pieces_and_ends_with_its_reason(upstream: KoalaEmulator) -> None:
    values = await ask(Koala, upstream.base_url)
    assert len(values) > 10
    assert str(HELLO[0]["content"]) in text(values)
    assert values[-1] == FinishReason("stop")


@pytest.mark.parametrize(
    "fault", ["done", "multiline", "crlf", "nospace", "bytes", "comments", "no-newline", "null"]
)
async def test_every_shape_of_the_stream_is_the_same_answer(
    upstream: KoalaEmulator, fault: str
) -> None:
    usual = text(await ask(Koala, upstream.base_url))
    upstream.fault = fault
    assert text(await ask(Koala, upstream.base_url)) == usual


async def test_a_string_folded_over_two_lines_is_one_string(upstream: KoalaEmulator) -> None:
    upstream.fault = "folded"
    assert text(await ask(Koala, upstream.base_url)).endswith("folded\nstring")


@pytest.mark.parametrize(
    ("fault", "kind", "begun"),
    [
        ("object", UnexpectedResponse, True),
        ("not-json", UnexpectedResponse, True),
        ("silent", UnexpectedResponse, False),
        ("empty", UnexpectedResponse, False),
        ("html", UnexpectedResponse, False),
        ("garbage", UnexpectedResponse, False),
        ("huge", UnexpectedResponse, True),
        ("endless", UnexpectedResponse, True),
        ("cut", Unavailable, True),
        ("cloudflare", Unavailable, False),
        ("500", Unavailable, False),
        ("reset", Unavailable, False),
        ("hangup", Unavailable, False),
        ("402", RateLimited, False),
        ("429", RateLimited, False),
        ("403", AuthenticationFailed, False),
        ("redirect", RequestRejected, False),
    ],
)
async def test_a_fault_becomes_an_error_and_keeps_what_was_said(
    upstream: KoalaEmulator, fault: str, kind: type[ProviderError], begun: bool
) -> None:
    upstream.fault = fault
    values, error = await ask_in_vain(Koala, upstream.base_url)
    assert isinstance(error, kind)
    assert bool(text(values)) is begun


@pytest.mark.parametrize("fault", ["stall", "stall-middle"])
async def test_a_stalled_upstream_is_left_after_the_timeout(
    upstream: KoalaEmulator, fault: str
) -> None:
    upstream.fault = fault
    values, error = await ask_in_vain(Koala, upstream.base_url, timeout=0.2)
    assert isinstance(error, Timeout)
    assert bool(values) is (fault == "stall-middle")
    await upstream.requests[0].client_left.wait()


async def test_leaving_early_closes_the_connection(upstream: KoalaEmulator) -> None:
    upstream.fault = "stall-middle"
    answer = Koala.create_async_generator("", HELLO, base_url=upstream.base_url)
    assert await anext(answer)
    await answer.aclose()
    await upstream.requests[0].client_left.wait()


async def test_the_parser_takes_anything_with_asynchronous_content() -> None:
    assert await parsed(b'data: " de"\n\n', b'data: "."\n\n') == [" de", "."]


async def test_the_parser_takes_lines_as_other_clients_cut_them() -> None:
    assert await parsed(b'data: "a"\n', b"\n", b'data: "b"\n', b"\n") == ["a", "b"]


async def test_the_parser_ends_at_done_and_leaves_out_null() -> None:
    assert await parsed(b'data: null\n\ndata: "a"\n\ndata: [DONE]\n\ndata: "b"\n\n') == ["a"]


async def test_the_parser_s_error_does_not_quote_the_answer() -> None:
    with pytest.raises(UnexpectedResponse) as caught:
        await parsed(b"data: secret words\n\n")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.lists(st.text()), st.lists(st.integers(0, 300)), st.sampled_from(["\n", "\r\n", "\r"]))
async def test_any_pieces_survive_any_cutting(texts: list[str], cuts: list[int], end: str) -> None:
    body = "".join(f"data: {json.dumps(text)}{end}{end}" for text in texts).encode()
    borders = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    pieces = [body[start:stop] for start, stop in itertools.pairwise(borders)]
    assert await parsed(*pieces) == texts

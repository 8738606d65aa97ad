"""Websim against its emulator: words, pictures, patience, every fault."""

import re
from collections.abc import AsyncIterator

import pytest

from providers import http
from providers.errors import (
    AuthenticationFailed,
    ProviderError,
    RateLimited,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.response import FinishReason, ImageResponse
from providers.websim import Websim
from tests.emulators.websim import WebsimEmulator
from tests.providers.asking import HELLO, ask, ask_in_vain, text


@pytest.fixture
async def upstream() -> AsyncIterator[WebsimEmulator]:
    async with WebsimEmulator(pace=0) as emulator:
        yield emulator


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, which pass at once."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(Websim, "_sleep", staticmethod(sleep))
    return waits


async def test_a_chat_goes_out_as_the_upstream_s_page_sends_it(upstream: WebsimEmulator) -> None:
    messages = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
    ]
    values = await ask(Websim, upstream.base_url, "gemini-1.5-pro", messages)
    request = upstream.requests[0]
    assert (request.method, request.target) == ("POST", "/api/v1/inference/run_chat_completion")
    body = request.json()
    assert re.fullmatch(r"[a-z0-9]{3}_[a-z0-9]{16}", body.pop("project_id"))
    assert body == {"messages": messages}
    wanted = {
        "content-type": "text/plain;charset=UTF-8",
        "origin": "https://websim.ai",
        "referer": "https://websim.ai/@ISWEARIAMNOTADDICTEDTOPILLOW/zelos-ai-assistant",
        "websim-flags": "",
    }
    assert wanted.items() <= request.headers.items()
    assert "> Hello" in text(values)
    assert text(values) == text(values).strip()
    assert values[-1] == FinishReason("stop")


async def test_a_picture_goes_out_as_the_upstream_s_page_sends_it(upstream: WebsimEmulator) -> None:
    messages = [{"role": "user", "content": "a cat"}]
    values = await ask(Websim, upstream.base_url, "flux", messages, aspect_ratio="16:9")
    request = upstream.requests[0]
    assert request.target == "/api/v1/inference/run_image_generation"
    body = request.json()
    assert re.fullmatch(r"[a-z0-9]{7}_[a-z0-9]{12}", body.pop("project_id"))
    assert body == {"prompt": "a cat", "aspect_ratio": "16:9"}
    assert request.headers["referer"].endswith("/ai-image-prompt-generator")
    picture = f"{upstream.base_url}/pictures/1.png"
    assert values == [ImageResponse((picture,), "a cat"), FinishReason("stop")]


async def test_the_picture_is_a_real_one_in_the_wanted_shape(upstream: WebsimEmulator) -> None:
    values = await ask(Websim, upstream.base_url, "flux", aspect_ratio="16:9")
    assert isinstance(values[0], ImageResponse)
    async with http.request("GET", str(values[0].images[0])) as response:
        picture = await response.read()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (320, 180)


async def test_prompt_project_and_shape_can_be_given(upstream: WebsimEmulator) -> None:
    await ask(Websim, upstream.base_url, "flux", prompt="a dog", project_id="mine")
    wanted = {"project_id": "mine", "prompt": "a dog", "aspect_ratio": "1:1"}
    assert upstream.requests[0].json() == wanted
    await ask(Websim, upstream.base_url, project_id="mine")
    assert upstream.requests[1].json()["project_id"] == "mine"


async def test_a_picture_of_nothing_is_rejected_before_it_is_asked_for(
    upstream: WebsimEmulator,
) -> None:
    messages = [{"role": "user", "content": "  "}]
    _, error = await ask_in_vain(Websim, upstream.base_url, "flux", messages)
    assert isinstance(error, RequestRejected)
    assert upstream.requests == []


def test_project_ids_have_the_two_documented_shapes() -> None:
    assert re.fullmatch(r"[a-z0-9]{3}_[a-z0-9]{16}", Websim.generate_project_id())
    assert re.fullmatch(r"[a-z0-9]{7}_[a-z0-9]{12}", Websim.generate_project_id(for_image=True))
    assert Websim.generate_project_id() != Websim.generate_project_id()


@pytest.mark.parametrize(
    ("fault", "asked", "waited"),
    [("429-once", 2, [2.0]), ("429-twice", 3, [2.0, 4.0]), ("429-after", 2, [1.0])],
)
async def test_a_question_refused_as_one_too_many_is_asked_again(
    upstream: WebsimEmulator, waits: list[float], fault: str, asked: int, waited: list[float]
) -> None:
    upstream.fault = fault
    assert text(await ask(Websim, upstream.base_url))
    assert len(upstream.requests) == asked
    assert waits == waited
    assert len({request.body for request in upstream.requests}) == 1


@pytest.mark.parametrize("fault", ["429", "rate-403"])
async def test_the_third_refusal_is_an_error(
    upstream: WebsimEmulator, waits: list[float], fault: str
) -> None:
    upstream.fault = fault
    values, error = await ask_in_vain(Websim, upstream.base_url)
    assert values == []
    assert isinstance(error, RateLimited)
    assert len(upstream.requests) == 3
    assert waits == [2.0, 4.0]


async def test_an_hour_is_not_waited_but_told(upstream: WebsimEmulator, waits: list[float]) -> None:
    upstream.fault = "429-long"
    _, error = await ask_in_vain(Websim, upstream.base_url)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 3600
    assert len(upstream.requests) == 1
    assert waits == []


async def test_a_picture_is_asked_for_once(upstream: WebsimEmulator, waits: list[float]) -> None:
    upstream.fault = "429-once"
    _, error = await ask_in_vain(Websim, upstream.base_url, "flux")
    assert isinstance(error, RateLimited)
    assert len(upstream.requests) == 1
    assert waits == []


async def test_plain_text_is_an_answer(upstream: WebsimEmulator) -> None:
    upstream.fault = "plain"
    assert text(await ask(Websim, upstream.base_url)) == "Just plain text."


FAULTS = [
    ("list", UnexpectedResponse),
    ("null", UnexpectedResponse),
    ("html", UnexpectedResponse),
    ("empty", UnexpectedResponse),
    ("garbage", UnexpectedResponse),
    ("huge", UnexpectedResponse),
    ("endless", UnexpectedResponse),
    ("half", Unavailable),
    ("cloudflare", Unavailable),
    ("500", Unavailable),
    ("502", Unavailable),
    ("504", Unavailable),
    ("520", Unavailable),
    ("reset", Unavailable),
    ("hangup", Unavailable),
    ("401", AuthenticationFailed),
    ("403", AuthenticationFailed),
    ("redirect", RequestRejected),
]


@pytest.mark.parametrize("model", ["gemini-1.5-flash", "flux"])
@pytest.mark.parametrize(("fault", "kind"), FAULTS)
async def test_a_fault_becomes_an_error_with_a_sentence(
    upstream: WebsimEmulator, fault: str, kind: type[ProviderError], model: str
) -> None:
    upstream.fault = fault
    values, error = await ask_in_vain(Websim, upstream.base_url, model)
    assert values == []
    assert isinstance(error, kind)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(("model", "fault"), [("", "no-content"), ("flux", "no-url")])
async def test_an_answer_without_its_content_says_so(
    upstream: WebsimEmulator, model: str, fault: str
) -> None:
    upstream.fault = fault
    _, error = await ask_in_vain(Websim, upstream.base_url, model)
    assert isinstance(error, UnexpectedResponse)
    assert error.message.startswith("Websim ")


@pytest.mark.parametrize("model", ["", "flux"])
async def test_a_stalled_upstream_is_left_after_the_timeout(
    upstream: WebsimEmulator, model: str
) -> None:
    upstream.fault = "stall"
    _, error = await ask_in_vain(Websim, upstream.base_url, model, timeout=0.2)
    assert isinstance(error, Timeout)
    await upstream.requests[0].client_left.wait()


async def test_the_two_handlers_can_be_asked_directly(upstream: WebsimEmulator) -> None:
    chat = Websim._handle_chat_request("p", HELLO, {}, base_url=upstream.base_url)
    assert "Hello" in "".join([str(value) async for value in chat])
    image = Websim._handle_image_request("p", HELLO, None, "1:1", {}, base_url=upstream.base_url)
    assert isinstance(await anext(image), ImageResponse)

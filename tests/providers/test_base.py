"""What holds for every provider because the base does it."""

import asyncio
import logging
import warnings

import pytest

from providers.base import AsyncGeneratorProvider, ProviderModelMixin, Request, Timeouts
from providers.errors import (
    ModelNotFound,
    RateLimited,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.response import FinishReason, Reasoning, Usage


class Scripted(AsyncGeneratorProvider, ProviderModelMixin):
    """Yields what the option `script` holds: values, exceptions to raise, events to wait for."""

    default_model = "first"
    models = ["first", "second"]
    model_aliases = {"one": "first"}

    @classmethod
    async def _generate(cls, request):
        try:
            for step in request.options["script"]:
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            request.options.get("closed", asyncio.Event()).set()


def say(*script, **more):
    return Scripted.create_async_generator("", [], script=script, **more)


async def test_both_forms_of_asking_give_the_same():
    expected = ["a", "b", FinishReason("stop")]
    assert [value async for value in say("a", "b")] == expected
    assert [value async for value in await say("a", "b")] == expected


async def test_one_finish_reason_comes_last_whatever_the_provider_does():
    assert [v async for v in say("a", FinishReason("length"), "b", FinishReason("stop"))] == [
        "a",
        FinishReason("length"),
    ]
    assert [value async for value in say(FinishReason("stop"))] == [FinishReason("stop")]


@pytest.mark.parametrize("script", [(), ("", Reasoning(""))])
async def test_an_answer_without_a_single_value_is_an_error(script):
    with pytest.raises(UnexpectedResponse, match="no answer"):
        await anext(say(*script))


async def test_empty_fragments_are_dropped_and_held_text_comes_before_the_end():
    assert [value async for value in say("", "<thi", Reasoning(""), Usage(1))] == [
        Usage(1),
        "<thi",
        FinishReason("stop"),
    ]


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (KeyError("secret"), UnexpectedResponse),
        (ValueError("secret"), UnexpectedResponse),
        (AssertionError("secret"), UnexpectedResponse),
        (TimeoutError("secret"), Timeout),
        (ConnectionResetError("secret"), Unavailable),
        (OSError("secret"), Unavailable),
        (RateLimited(retry_after=3), RateLimited),
        (5, UnexpectedResponse),
    ],
)
async def test_every_exception_becomes_a_provider_error_after_what_was_said(raised, kind):
    values = []
    with pytest.raises(kind) as caught:
        async for value in say("<th", raised):
            values.append(value)
    assert values == ["<th"]
    assert "secret" not in str(caught.value)


async def test_a_cancelled_reader_is_cancelled_and_the_provider_closed():
    closed = asyncio.Event()
    answer = say("a", asyncio.Event(), closed=closed)
    task = asyncio.ensure_future(anext(answer))
    assert await task == "a"
    task = asyncio.ensure_future(anext(answer))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed.is_set()


async def test_closing_while_another_task_waits_ends_its_loop():
    closed = asyncio.Event()
    answer = say("a", asyncio.Event(), closed=closed)
    got_one = asyncio.Event()
    values = []

    async def read():
        async for value in answer:
            values.append(value)
            got_one.set()
        return asyncio.current_task().cancelling()

    reader = asyncio.ensure_future(read())
    await got_one.wait()
    await asyncio.gather(answer.aclose(), answer.aclose())
    assert closed.is_set()
    assert await reader == 0
    assert values == ["a"]
    with pytest.raises(StopAsyncIteration):
        await anext(answer)


async def test_a_cancel_that_meets_a_close_stays_a_cancel():
    answer = say(asyncio.Event())
    reader = asyncio.ensure_future(anext(answer))
    await asyncio.sleep(0)
    reader.cancel()
    await answer.aclose()
    with pytest.raises(asyncio.CancelledError):
        await reader


async def test_a_provider_that_swallows_the_interruption_is_closed_all_the_same():
    class Stubborn(AsyncGeneratorProvider):
        @classmethod
        async def _generate(cls, request):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                yield "still here"

    answer = Stubborn.create_async_generator("", [])
    reader = asyncio.ensure_future(anext(answer))
    await asyncio.sleep(0)
    await answer.aclose()
    with pytest.raises(StopAsyncIteration):
        await reader
    assert not reader.cancelled()


async def test_two_tasks_cannot_read_one_answer():
    answer = say(asyncio.Event())
    first = asyncio.ensure_future(anext(answer))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="already waiting"):
        await anext(answer)
    await answer.aclose()
    assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], StopAsyncIteration)


async def test_leaving_the_block_closes_the_provider():
    closed = asyncio.Event()
    async with say("a", asyncio.Event(), closed=closed) as answer:
        assert await anext(answer) == "a"
    assert closed.is_set()


def test_an_answer_that_nobody_reads_leaves_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        say("a")


def test_models_are_found_by_alias_and_default_and_pass_through_otherwise():
    assert Scripted.get_model("") == "first"
    assert Scripted.get_model("one") == "first"
    assert Scripted.get_model("other") == "other"
    assert Scripted.get_models() == ["first", "second"]


async def test_a_strict_provider_refuses_a_model_it_does_not_know():
    class Strict(Scripted):
        strict_models = True

    with pytest.raises(ModelNotFound):
        await anext(Strict.create_async_generator("other", [], script=["a"]))


def test_a_provider_without_a_label_is_called_by_its_name():
    assert Scripted.label == "Scripted"
    assert Scripted.supports_stream


@pytest.mark.parametrize(
    ("base_url", "url", "expected"),
    [
        (None, "https://a.example/x/?q=1", "https://a.example/x/?q=1"),
        ("http://127.0.0.1:9", "https://a.example/x/?q=1", "http://127.0.0.1:9/x/?q=1"),
        ("http://127.0.0.1:9/p/", "https://a.example/x/", "http://127.0.0.1:9/p/x/"),
        ("http://127.0.0.1:9", "wss://a.example/s/", "ws://127.0.0.1:9/s/"),
        ("https://proxy.example", "wss://a.example/s/", "wss://proxy.example/s/"),
    ],
)
def test_addresses_follow_the_base_url(base_url, url, expected):
    request = Request(model="", messages=[], base_url=base_url)
    assert Scripted.address(request, url) == expected


@pytest.mark.parametrize("base_url", ["localhost:1", "ftp://x", "http://", "http://[::1", "//x"])
def test_a_base_url_that_is_no_web_address_is_rejected(base_url):
    with pytest.raises(RequestRejected, match="address"):
        Scripted.address(Request(model="", messages=[], base_url=base_url), "https://a.example")


@pytest.mark.parametrize(
    "proxy", ["http://your-proxy-server:port", "foo://user:hunter2@host:1", "http://", "http://[x"]
)
async def test_a_proxy_that_cannot_be_used_is_named_but_not_shown(proxy):
    with pytest.raises(RequestRejected, match="proxy setting") as caught:
        await anext(say("a", proxy=proxy))
    assert "hunter2" not in str(caught.value)


def test_a_request_shows_neither_key_nor_conversation():
    request = Request(
        model="m",
        messages=[{"role": "user", "content": "private"}],
        api_key="sk-secret",
        proxy="http://u:secret@h",
        headers={"x": "secret"},
        options={"prompt": "private"},
    )
    assert "secret" not in repr(request)
    assert "private" not in repr(request)


def test_timeouts_are_understood_in_each_form():
    assert Timeouts.of(None) == Timeouts()
    assert Timeouts.of(3) == Timeouts(connect=3, read=3)
    assert Timeouts.of(Timeouts(read=1)).until_answer == 1
    assert Timeouts(read=1, first_byte=9).until_answer == 9


async def test_nothing_is_logged_on_the_way(caplog):
    caplog.set_level(logging.DEBUG, "providers")
    assert [value async for value in say("a")]
    assert not [r for r in caplog.records if r.name.startswith("providers")]

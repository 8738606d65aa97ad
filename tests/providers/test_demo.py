"""Demo answers offline, shows everything an answer can hold, and does what it is asked."""

import asyncio
import io
import re

import pytest
from PIL import Image

from providers.base import Timeouts
from providers.demo import Demo
from providers.demo_picture import draw, size_of
from providers.demo_texts import prose, quoted
from providers.demo_wishes import DEFAULT_PACE, Wishes, read_wishes
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
from providers.response import FinishReason, ImageResponse, Reasoning, Sources, Usage
from tests.providers.asking import text, thoughts


def said(*texts, system=""):
    messages = [{"role": "system", "content": system}] if system else []
    for number, content in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        messages.append({"role": role, "content": content})
    return messages


async def demo(*texts, model="", system="", **options):
    messages = said(*texts, system=system)
    return [v async for v in Demo.create_async_generator(model, messages, **options)]


def kinds(values):
    return {type(value) for value in values}


async def test_without_a_request_it_gives_a_tour_of_everything():
    values = await demo("Hello, at once")
    assert kinds(values) == {str, Reasoning, ImageResponse, Sources, Usage, FinishReason}
    assert isinstance(values[0], Reasoning)
    answer = text(values)
    assert "> Hello, at once" in answer
    for piece in ("```python", "$$", "| Planet", "[1]", "[2]", "[3]", "**Demo**"):
        assert piece in answer
    [sources] = [value for value in values if isinstance(value, Sources)]
    assert len(sources.sources) == 3


async def test_the_same_words_have_the_same_answer():
    assert await demo("Hello, instantly") == await demo("Hello, instantly")
    assert await demo("draw a cat instantly") != await demo("draw a dog instantly")


@pytest.mark.parametrize(
    ("words", "piece"),
    [
        ("some code", "def fibonacci"),
        ("a bit of maths", r"\int"),
        ("a table", "| Planet"),
        ("a list", "1. **Warm"),
        ("cite sources", "[1]"),
    ],
)
async def test_a_request_is_answered_with_just_that(words, piece):
    answer = text(await demo(f"{words} please, instantly"))
    assert piece in answer
    assert f"> {words} please" in answer
    assert len(answer) < 1500


async def test_a_picture_is_a_real_one_in_the_ratio_asked_for():
    values = await demo("a cat", model="demo-image", aspect_ratio="16:9")
    [picture] = [value for value in values if isinstance(value, ImageResponse)]
    assert text(values) == ""
    with Image.open(io.BytesIO(picture.images[0])) as image:
        image.verify()
        assert image.format == "PNG"
        assert image.size == (960, 540)
    assert picture.alt.startswith("Hills")


async def test_a_picture_follows_the_explicit_prompt():
    first = await demo("a cat", model="demo-image", prompt="x")
    assert first == await demo("a dog", model="demo-image", prompt="x")


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        ("1:1", (960, 960)),
        ("9:16", (540, 960)),
        ("1:1000", (16, 960)),
        ("nonsense", (960, 720)),
        ("0:1", (960, 720)),
        ("-1:1", (960, 720)),
        ("nan:1", (960, 720)),
        ("inf:1", (960, 720)),
    ],
)
def test_every_ratio_has_a_size(ratio, size):
    assert size_of(ratio) == size


@pytest.mark.parametrize("seed", range(4))
def test_every_scene_is_drawn_with_many_colours(seed):
    with Image.open(io.BytesIO(draw(seed, "3:1"))) as image:
        assert len(image.getcolors(1_000_000)) > 200


@pytest.mark.parametrize("words", [1, 17, 500, 3000])
async def test_a_length_is_kept_to_the_word(words):
    assert len(prose(words, start=words).split()) == words
    answer = text(await demo(f"{words} words, instantly"))
    assert len(answer.split("\n\n", 1)[1].split()) == words


async def test_the_reasoning_model_thinks_and_others_do_when_asked():
    assert thoughts(await demo("a table instantly", model="demo-reasoning"))
    assert thoughts(await demo("think about a table instantly"))
    assert not thoughts(await demo("a table instantly"))


async def test_system_message_and_history_are_noticed():
    answer = text(await demo("one", "two", "three, instantly", system="Be \n kind."))
    assert "“Be kind.”" in answer
    assert "message number 2" in answer


async def test_pictures_in_a_message_are_counted():
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    content = [{"type": "text", "text": "look, a list, instantly"}, part]
    answer = text(await demo(content))
    assert "I received 1 picture" in answer
    assert "> look" in answer


async def test_no_message_at_all_is_greeted():
    async with Demo.create_async_generator("", []) as answer:
        async for value in answer:
            if isinstance(value, str):
                assert value == "Hello!"
                break


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("error: rate limit", RateLimited),
        ("error: timeout", Timeout),
        ("error: authentication", AuthenticationFailed),
        ("Error: key", AuthenticationFailed),
        ("error: model not found", ModelNotFound),
        ("error: context", ContextTooLong),
        ("error: filter", ContentBlocked),
        ("error: rejected", RequestRejected),
        ("error: unavailable", Unavailable),
        ("error: nonsense", UnexpectedResponse),
    ],
)
async def test_an_error_comes_when_it_is_asked_for(words, kind):
    with pytest.raises(kind) as caught:
        await demo(words)
    assert type(caught.value) is kind


@pytest.mark.parametrize(("words", "kind"), [("cut off", Unavailable), ("stall", Timeout)])
async def test_an_answer_that_breaks_keeps_what_was_said(words, kind):
    values = []
    answer = Demo.create_async_generator(
        "", said(f"{words}, instantly"), timeout=Timeouts(read=0.05)
    )
    with pytest.raises(kind):
        async for value in answer:
            values.append(value)
    assert "quite well" in text(values)


@pytest.mark.parametrize(
    ("words", "pace"),
    [
        ("50 tokens per second", 50),
        ("200 tok/s", 200),
        ("0 tokens a second", 1),
        ("very slowly", 4),
        ("slow", 12),
        ("fast!", 300),
        ("hello", DEFAULT_PACE),
    ],
)
def test_a_pace_is_understood(words, pace):
    assert read_wishes(words).pace == pace


def test_wishes_are_found_together_and_words_inside_words_are_not():
    wishes = read_wishes("A table and code, 40 words, cut off")
    assert wishes == Wishes(words=40, parts=("code", "table"), fault="cut off")
    assert read_wishes("stable encoder thinkpad imagery") == Wishes()


async def test_the_pace_is_kept_on_average():
    loop = asyncio.get_running_loop()
    started = loop.time()
    values = await demo("30 words, 500 tokens per second")
    count = sum(isinstance(value, str) for value in values)
    assert count / 500 * 0.9 < loop.time() - started < count / 500 + 5


async def test_the_event_loop_goes_on_while_a_picture_is_drawn():
    turns = 0
    task = asyncio.ensure_future(demo("draw it", model="demo-image"))
    while not task.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10


GO_ON = "Your last answer is not finished. Go on exactly where it stops."


async def test_an_answer_goes_on_where_it_was_cut_off():
    whole = text(await demo("code and 30 words, at once"))
    for cut in (1, len(whole) // 2, len(whole)):
        assert text(await demo("code and 30 words, at once", whole[:cut], GO_ON)) == whole[cut:]


async def test_extras_come_where_the_text_has_come_to_them():
    whole = await demo("sources, at once")
    rest = await demo("sources, at once", text(whole)[:-20], GO_ON)
    assert [value for value in rest if isinstance(value, Sources)]


async def test_somebody_elses_answer_is_brought_to_an_end():
    assert text(await demo("hello, at once", "I am somebody else", GO_ON)).endswith("I end it.")


async def test_what_broke_off_on_request_can_be_continued():
    rest = await demo("cut off, at once", "Whatever came", GO_ON)
    assert isinstance(rest[-1], FinishReason)


async def test_the_usage_counts_the_fragments():
    values = await demo("a table instantly")
    usage = values[-2]
    assert usage.completion_tokens == sum(isinstance(v, str | Reasoning) for v in values)
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_a_long_quotation_is_shortened_and_every_line_is_marked():
    assert re.fullmatch(r"> x+…", quoted("x" * 1000))
    assert quoted("a\n\nb") == "> a\n> \n> b"


def test_prose_is_written_in_paragraphs():
    assert prose(300).count("\n\n") >= 3

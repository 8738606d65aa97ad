"""A provider that needs no key and no network: it shows what the page can do, and answers always.

It quotes the person, understands a few requests by their words (demo_wishes.py) and goes exactly
the way every other provider goes. The same conversation has the same answer.
"""

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from itertools import count

from providers.base import AsyncGeneratorProvider, Messages, ProviderModelMixin, Request
from providers.demo_picture import draw, scene_of
from providers.demo_texts import (
    CODE,
    LIST,
    MATHS,
    REQUESTS,
    SOURCES,
    STYLES,
    TABLE,
    prose,
    quoted,
)
from providers.demo_unfinished import remainder, unfinished
from providers.demo_wishes import Wishes, read_wishes
from providers.errors import (
    AuthenticationFailed,
    ContentBlocked,
    ContextTooLong,
    ModelNotFound,
    ProviderError,
    RateLimited,
    RequestRejected,
    Timeout,
    Unavailable,
    UnexpectedResponse,
)
from providers.prompts import (
    format_image_prompt,
    get_last_user_message,
    get_system_prompt,
    text_of,
)
from providers.response import FinishReason, ImageResponse, Reasoning, Sources, Usage, Value

_TOKEN = re.compile(r"\s*\S{1,6}|\s+")
_SPECIMENS = {"code": CODE, "maths": MATHS, "table": TABLE, "list": LIST}
_PURPOSE = "You asked for this error, and here it is."


class Demo(AsyncGeneratorProvider, ProviderModelMixin):
    """Answers offline with Markdown, code, maths, reasoning, sources and a picture.

    Understands the options `aspect_ratio` and `prompt` for its pictures.
    """

    label = "Demo"
    working = True
    supports_system_message = True
    supports_message_history = True
    supports_images_in = True
    default_model = "demo"
    models = ("demo", "demo-reasoning", "demo-image")
    image_models = ("demo-image",)
    strict_models = True

    @classmethod
    async def _generate(cls, request: Request) -> AsyncIterator[Value]:
        prompt_tokens = sum(len(_tokens(text_of(m.get("content")))) for m in request.messages)
        messages, already = unfinished(request.messages)
        request = replace(request, messages=messages)
        said = get_last_user_message(messages)
        wishes = read_wishes(said)
        script = _values(request, said, wishes)
        if already:  # what broke off on request becomes whole when it goes on
            script, wishes = remainder(script, already), replace(wishes, fault="")
        tokens = 0
        async with aclosing(_paced(script, wishes.pace)) as values:
            async for value in values:
                tokens += isinstance(value, str | Reasoning)
                yield await value.drawn() if isinstance(value, _Picture) else value
        if wishes.fault:
            await _fail(wishes.fault, request)
        yield Usage(prompt_tokens, tokens, prompt_tokens + tokens)
        yield FinishReason("stop")


class _Picture:
    """A picture that is yet to be drawn, in a thread: it takes a tenth of a second."""

    def __init__(self, prompt: str, aspect_ratio: str) -> None:
        self.seed = zlib.crc32(prompt.encode("utf-8", "replace"))
        self.aspect_ratio = aspect_ratio

    async def drawn(self) -> ImageResponse:
        png = await asyncio.to_thread(draw, self.seed, self.aspect_ratio)
        return ImageResponse((png,), f"Hills {scene_of(self.seed).name}, drawn by Demo")


async def _paced(
    values: Iterator[Value | _Picture], pace: float
) -> AsyncGenerator[Value | _Picture, None]:
    """The values in fragments of one token, at `pace` tokens a second on average."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    number = count(1)
    for value in values:
        for fragment in _fragments(value):
            yield fragment
            await asyncio.sleep(max(0.0, started + next(number) / pace - loop.time()))


def _fragments(value: Value | _Picture) -> Iterator[Value | _Picture]:
    if isinstance(value, str):
        yield from _tokens(value)
    elif isinstance(value, Reasoning):
        yield from (Reasoning(token) for token in _tokens(value.text))
    else:
        yield value


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _values(request: Request, said: str, wishes: Wishes) -> Iterator[Value | _Picture]:
    ratio = str(request.options.get("aspect_ratio") or "16:9")
    prompt = format_image_prompt(request.messages, request.options.get("prompt"))
    picture = _Picture(prompt, ratio)
    if wishes.fault:
        if wishes.fault in ("cut off", "stall"):
            yield f"{quoted(said)}\n\nThis answer begins quite well, and in the very middle of a"
        return
    if request.model in Demo.image_models:
        yield picture
        return
    if wishes.words:
        yield f"{quoted(said)}\n\n{prose(wishes.words, picture.seed)}"
    elif wishes.tour or not (wishes.parts or _turns(request.messages) > 1):
        yield from _tour(request, said, picture)
    else:
        yield from _reply(request, said, wishes, picture)


def _reply(
    request: Request, said: str, wishes: Wishes, picture: _Picture
) -> Iterator[Value | _Picture]:
    """Just what was asked for; a few words where nothing was."""
    if "reasoning" in wishes.parts or request.model == "demo-reasoning":
        yield _thoughts(said)
    yield f"{_greeting(request.messages)}\n\n{quoted(said)}\n\n"
    for part in wishes.parts:
        if part in _SPECIMENS:
            yield f"{_SPECIMENS[part].strip()}\n\n"
    if "picture" in wishes.parts:
        yield "Here is a picture I have just drawn for these words.\n\n"
        yield picture
    if "sources" in wishes.parts:
        yield "Answers are written in Markdown [1], formulas become MathML [2].\n"
        yield Sources(SOURCES[:2])
    if not wishes.parts:
        yield f"I am only a demonstration, but I understand requests like these:\n\n{REQUESTS}"


def _tour(request: Request, said: str, picture: _Picture) -> Iterator[Value | _Picture]:
    yield _thoughts(said)
    yield f"{_greeting(request.messages)}\n\n{quoted(said)}\n\n" if said else "Hello!\n\n"
    yield (
        "I am **Demo**. I live on this server, need no key and no network, and answer the way "
        "every provider does: piece by piece. Here is what an answer can hold.\n\n"
        f"# Text\n\n{STYLES} All of it is Markdown [1].\n\n{TABLE}\n"
        f"# Code\n\n{CODE}\n# Maths\n{MATHS}\nFormulas reach your browser as MathML [2].\n\n"
        "# Pictures\n\nThis one was drawn just now, for your words alone [3].\n\n"
    )
    yield picture
    yield f"# Ask me for more\n\n{REQUESTS}"
    yield Sources(SOURCES)


def _thoughts(said: str) -> Reasoning:
    about = f"The message has {len(said.split())} words" if said else "The message is empty"
    return Reasoning(
        f"{about}, and I am a demonstration, so I look for words I know. "
        "First I quote what was said, then I show what fits. "
        "Whatever stands here is folded away once the answer begins."
    )


def _greeting(messages: Messages) -> str:
    turns = _turns(messages)
    parts = ["You wrote:" if turns < 2 else f"Your message number {turns} in this conversation:"]
    if system := " ".join(get_system_prompt(messages).split()):
        parts.insert(0, f"My instructions are “{system[:200]}”, and I keep them in mind.")
    if pictures := _pictures(messages):
        noun = "picture" if pictures == 1 else "pictures"
        parts.insert(0, f"I received {pictures} {noun}, though I have no eyes to see with.")
    return " ".join(parts)


def _turns(messages: Messages) -> int:
    return sum(message.get("role") == "user" for message in messages)


def _pictures(messages: Messages) -> int:
    content = messages[-1].get("content") if messages else None
    if not isinstance(content, list):
        return 0
    return sum(isinstance(p, dict) and p.get("type") == "image_url" for p in content)


async def _fail(fault: str, request: Request) -> None:
    """Go wrong in the way that was asked for."""
    if fault == "stall":
        await asyncio.sleep(request.timeouts.read)
        raise Timeout(detail="stall, on request")
    if fault == "cut off":
        raise Unavailable(
            "The provider broke the answer off in the middle.", detail="cut off, on request"
        )
    raise _error(fault)


def _error(fault: str) -> ProviderError:
    errors: dict[str, ProviderError] = {
        "rate limit": RateLimited(detail=_PURPOSE, retry_after=20),
        "timeout": Timeout(detail=_PURPOSE),
        "authentication": AuthenticationFailed(detail=_PURPOSE),
        "model": ModelNotFound(detail=_PURPOSE),
        "too long": ContextTooLong(detail=_PURPOSE),
        "blocked": ContentBlocked(detail=_PURPOSE),
        "rejected": RequestRejected(detail=_PURPOSE),
        "unavailable": Unavailable(detail=_PURPOSE),
    }
    return errors.get(fault) or UnexpectedResponse(detail=_PURPOSE)

"""Koala: server-sent events, each a piece of text as a JSON string."""

import json
import secrets
import string
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, Protocol

from providers import http, sse
from providers.base import AsyncGeneratorProvider, Messages, ProviderModelMixin, Request
from providers.errors import RateLimited, UnexpectedResponse
from providers.prompts import text_of
from providers.response import FinishReason, Value

_VISITOR_ALPHABET = string.ascii_lowercase + string.digits


class HasContent(Protocol):
    """A response whose `content` can be read in pieces of bytes (lines or not)."""

    @property
    def content(self) -> AsyncIterable[bytes]: ...


class Koala(ProviderModelMixin, AsyncGeneratorProvider):
    """Asks Koala. Any model's name is passed on."""

    label = "Koala"
    url = "https://koala.sh/chat"
    api_endpoint = "https://koala.sh/api/gpt/"
    working = False
    unofficial = True
    supports_system_message = True
    supports_message_history = True
    default_model = "gpt-4o-mini"

    @classmethod
    async def _generate(cls, request: Request) -> AsyncIterator[Value]:
        """`connector`, an option of other HTTP clients, is accepted and means nothing here."""
        answered = False
        async with http.request(
            "POST",
            cls.address(request, cls.api_endpoint),
            headers=cls._headers(request),
            json=_body(request.model, request.messages),
            proxy=request.proxy,
            timeout=request.timeouts,
        ) as response:
            if response.status == 402:
                raise RateLimited(
                    "Koala's free questions from this address are used up for now.",
                    detail="koala: status 402",
                )
            await http.raise_for_status(response)
            async for piece in cls._parse_event_stream(_Body(response.chunks())):
                if not isinstance(piece, str):
                    raise UnexpectedResponse(detail=f"koala: an event of {type(piece).__name__}")
                answered = answered or bool(piece)
                yield piece
        if not answered:
            raise UnexpectedResponse("Koala sent an empty answer.", detail="koala: no text")
        yield FinishReason("stop")

    @staticmethod
    async def _parse_event_stream(response: HasContent) -> AsyncIterator[Any]:
        """What the events of a response hold: pieces of text, as the upstream sends them.

        `response` is anything with an asynchronous `content` of bytes. A `null` holds nothing
        and `[DONE]` ends the stream. Raises UnexpectedResponse for data that is no JSON.
        """
        async for event in sse.events(response.content):
            if event.data.strip() == "[DONE]":
                return
            for value in _decode(event.data):
                if value is not None:
                    yield value

    @classmethod
    def _headers(cls, request: Request) -> dict[str, str]:
        return {
            "User-Agent": (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:122.0) Gecko/20100101 Firefox/122.0"
            ),
            "Accept": "text/event-stream",
            "Accept-Language": "de,en-US;q=0.7,en;q=0.3",
            "Referer": cls.url,
            "Flag-Real-Time-Data": "false",
            "Visitor-ID": "".join(secrets.choice(_VISITOR_ALPHABET) for _ in range(20)),
            "Origin": cls.url.removesuffix("/chat"),
            "Alt-Used": "koala.sh",
            "Sec-Fetch-Dest": "empty",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Site": "same-origin",
            "TE": "trailers",
            **request.headers,
        }


class _Body:
    """Chunks in the shape that `_parse_event_stream` reads."""

    def __init__(self, content: AsyncIterable[bytes]) -> None:
        self.content = content


def _body(model: str, messages: Messages) -> dict[str, Any]:
    """The conversation as two lists and the last words, to which system texts are added."""
    texts = [(message.get("role"), text_of(message.get("content"))) for message in messages]
    system = [text for role, text in texts if role == "system" and text]
    spoken = [(role, text) for role, text in texts if role != "system"]
    last = [spoken.pop()[1]] if spoken else []
    return {
        "input": " ".join([*last, *system]),
        "inputHistory": [text for role, text in spoken if role == "user"],
        "outputHistory": [text for role, text in spoken if role == "assistant"],
        "model": model,
    }


def _decode(data: str) -> list[Any]:
    """The JSON of one event; where its lines are JSON each for itself, all of them."""
    try:
        return [_loads(data)]
    except ValueError:
        pass
    try:
        return [_loads(line) for line in data.split("\n") if line.strip()]
    except ValueError:
        # The error's own text would quote the answer.
        raise UnexpectedResponse(detail=f"koala: no JSON ({len(data)} characters)") from None


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False)  # a literal may be folded over two data lines
    except RecursionError:
        raise ValueError("nested too deeply") from None

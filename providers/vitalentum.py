"""Vitalentum: server-sent events with the chunks of OpenAI's chat completions."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from providers import http, sse
from providers.base import AsyncGeneratorProvider, Messages, Request
from providers.errors import Unavailable, UnexpectedResponse
from providers.prompts import text_of
from providers.response import FinishReason, Value


class Vitalentum(AsyncGeneratorProvider):
    """Asks Vitalentum, which answers with one model of its own choice (GPT-3.5 Turbo)."""

    label = "Vitalentum"
    url = "https://app.vitalentum.io"
    api_endpoint = "/api/converse-edge"
    working = False
    unofficial = True
    supports_message_history = True
    supports_gpt_35_turbo = True
    default_model = "gpt-3.5-turbo"
    models = [default_model]

    @classmethod
    async def _generate(cls, request: Request) -> AsyncIterator[Value]:
        """Options are merged into the top level of the body, as they are."""
        answered = False
        reason = None
        async with http.request(
            "POST",
            cls.address(request, f"{cls.url}{cls.api_endpoint}"),
            headers=cls._headers(request),
            json=_body(request.messages, request.options),
            proxy=request.proxy,
            timeout=request.timeouts,
        ) as response:
            await http.raise_for_status(response)
            async for event in sse.events(response.chunks()):
                if event.data.startswith("[DONE]"):
                    reason = reason or "stop"
                    break
                text, ended = _read_chunk(event.data)
                reason = ended or reason
                if text:
                    answered = True
                    yield text
        if reason is None:
            raise Unavailable(
                "The provider broke the answer off.", detail="vitalentum: no end of the stream"
            )
        if not answered:
            raise UnexpectedResponse(
                "Vitalentum sent an empty answer.", detail="vitalentum: no text"
            )
        yield FinishReason(reason)

    @classmethod
    def _headers(cls, request: Request) -> dict[str, str]:
        return {
            "User-Agent": (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
                "(KHTML, like Gecko) Chrome/116.0.0.0 Safari/537.36"
            ),
            "Accept": "text/event-stream",
            "Accept-language": "de,en-US;q=0.7,en;q=0.3",
            "Origin": cls.url,
            "Referer": f"{cls.url}/",
            "Sec-Fetch-Dest": "empty",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Site": "same-origin",
            **request.headers,
        }


def _body(messages: Messages, options: Mapping[str, Any]) -> dict[str, Any]:
    """The body: the conversation is a JSON document inside the JSON."""
    history = [
        {
            "speaker": "human" if message.get("role") == "user" else "bot",
            "text": text_of(message.get("content")),
        }
        for message in messages
    ]
    return {"conversation": json.dumps({"history": history}), "temperature": 0.7, **options}


def _read_chunk(data: str) -> tuple[str, str | None]:
    """The text of one chunk and the finish reason, empty and None where it has none."""
    try:
        chunk = json.loads(data)
    except (ValueError, RecursionError):
        # The error's own text would quote the answer.
        raise UnexpectedResponse(detail=f"vitalentum: no JSON ({len(data)} characters)") from None
    if not isinstance(chunk, dict) or not isinstance(chunk.get("choices"), list):
        raise UnexpectedResponse(detail="vitalentum: a chunk without choices")
    if not chunk["choices"]:
        return "", None
    choice = chunk["choices"][0]
    delta = choice.get("delta") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(delta, dict | None):
        raise UnexpectedResponse(detail="vitalentum: a malformed choice")
    content, reason = (delta or {}).get("content"), choice.get("finish_reason")
    if not isinstance(content, str | None):
        raise UnexpectedResponse(detail="vitalentum: content is no text")
    return content or "", reason if isinstance(reason, str) else None

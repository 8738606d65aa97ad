"""Every server that speaks OpenAI's chat completions: OpenAI, Ollama, llama.cpp, vLLM, …

Source: the OpenAI API reference, `POST /chat/completions` and `GET /models`; what servers add to
it is read in openai_chunks.py.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing, suppress
from itertools import takewhile
from typing import Any

from providers import http, sse
from providers.base import AsyncGeneratorProvider, ProviderModelMixin, Request, Timeouts
from providers.errors import ProviderError, RequestRejected, UnexpectedResponse
from providers.fragments import joined
from providers.openai_chunks import Answer
from providers.openai_models import ModelInfo, parse_models
from providers.response import Value

_READ_OUT_SECONDS = 0.2  # a body that ends does so right after its last event
_MAX_ERROR_BYTES = 64 * 1024
_MAX_EVENT_BYTES = 32 * 1024 * 1024  # a picture comes as base64 in one event

# What may go from the options of a call into the body; servers refuse names they do not know.
_PARAMETERS = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "reasoning_effort",
    "response_format",
    "modalities",
)


class OpenAICompatible(AsyncGeneratorProvider, ProviderModelMixin):
    """Chat completions over HTTP.

    `base_url` is the address up to and including `/v1`. Besides the usual sampling parameters
    the option `extra_body` (a mapping) goes into the request's body as it is.
    """

    label = "OpenAI-compatible"
    url = "https://platform.openai.com"
    api_endpoint = "https://api.openai.com/v1"
    working = True
    needs_base_url = True
    supports_system_message = True
    supports_message_history = True
    supports_images_in = True

    @classmethod
    async def _generate(cls, request: Request) -> AsyncIterator[Value]:
        answer = Answer()
        async with AsyncExitStack() as stack:
            response = await cls._ask(stack, request)
            kind = response.headers.get("content-type", "").lower()
            if "html" in kind:
                raise UnexpectedResponse(
                    "The address answers with a web page. Check that it ends with /v1.",
                    detail="content type html",
                )
            if "json" in kind and "stream" not in kind and "ndjson" not in kind:
                for value in answer.read(await response.json()):
                    yield value
                complete = True
            else:
                complete = False
                async with (
                    aclosing(response.chunks()) as chunks,
                    aclosing(sse.batches(chunks, _MAX_EVENT_BYTES)) as batches,
                ):
                    async for batch in batches:
                        said = list(takewhile(_is_not_done, batch))
                        for value in joined(_values(answer, said)):
                            yield value
                        if complete := len(said) < len(batch):
                            await _read_out(batches)
                            break
        for value in answer.end(complete):
            yield value

    @classmethod
    async def fetch_models(
        cls,
        base_url: str | None = None,
        api_key: str | None = None,
        proxy: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeouts | float | None = None,  # noqa: ASYNC109 - several limits, not one
    ) -> list[ModelInfo]:
        """The models the server at `base_url` offers, in its order. Raises ProviderErrors."""
        async with http.request(
            "GET",
            cls._url(base_url, "/models"),
            headers=_headers(api_key, headers or {}),
            proxy=proxy,
            timeout=timeout,
        ) as response:
            await http.raise_for_status(response)
            return parse_models(await response.json())

    @classmethod
    async def _ask(cls, stack: AsyncExitStack, request: Request) -> http.Response:
        """The response to the request; asked again without usage where that is refused."""
        body = _body(request)
        response = await cls._post(stack, request, body)
        if response.status in (400, 422):
            said = await response.read(_MAX_ERROR_BYTES)
            if b"stream_options" not in said:
                raise http.error_for_status(response.status, response.headers, said)
            body.pop("stream_options")
            response = await cls._post(stack, request, body)
        await http.raise_for_status(response)
        return response

    @classmethod
    async def _post(
        cls, stack: AsyncExitStack, request: Request, body: Mapping[str, Any]
    ) -> http.Response:
        return await stack.enter_async_context(
            http.request(
                "POST",
                cls._url(request.base_url, "/chat/completions"),
                headers=_headers(request.api_key, request.headers),
                json=body,
                proxy=request.proxy,
                timeout=request.timeout,
            )
        )

    @classmethod
    def _url(cls, base_url: str | None, path: str) -> str:
        address = (base_url or cls.api_endpoint).rstrip("/")
        if not address.startswith(("http://", "https://")):
            raise RequestRejected(
                "The endpoint's address has to begin with http:// or https://.", detail="base_url"
            )
        return address + path


def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [dict(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    for name in _PARAMETERS:
        if request.options.get(name) is not None:
            body[name] = request.options[name]
    return {**body, **(request.options.get("extra_body") or {})}


def _values(answer: Answer, events: Iterable[sse.Event]) -> Iterator[Value]:
    for event in events:
        yield from answer.read(_decoded(event.data))


def _is_not_done(event: sse.Event) -> bool:
    return event.data.strip() != "[DONE]"


async def _read_out(batches: AsyncIterator[list[sse.Event]]) -> None:
    """Read to the end of a body that says nothing more, so that its connection can serve again."""
    with suppress(TimeoutError, ProviderError):
        async with asyncio.timeout(_READ_OUT_SECONDS):
            async for _ in batches:
                pass


def _headers(api_key: str | None, headers: Mapping[str, str]) -> dict[str, str]:
    key = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    return {"Accept": "text/event-stream, application/json", **key, **headers}


def _decoded(data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise UnexpectedResponse(detail=f"an event is not JSON, {len(data)} characters") from None

"""Every server that speaks OpenAI's chat completions: OpenAI, Ollama, llama.cpp, vLLM, …

Source: the OpenAI API reference, `POST /chat/completions` and `GET /models`; what servers add to
it is read in openai_chunks.py.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Any

from providers import http
from providers.base import AsyncGeneratorProvider, ProviderModelMixin, Request, Timeouts
from providers.errors import RequestRejected
from providers.fragments import joined
from providers.openai_body import Body
from providers.openai_chunks import Answer
from providers.openai_models import ModelInfo, parse_models
from providers.response import Value

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
            body = Body(response, answer)
            async with aclosing(body.objects()) as objects:
                async for said in objects:
                    for value in joined(_values(answer, said)):
                        yield value
        for value in answer.end(body.complete):
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
            said = await response.beginning()
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


def _values(answer: Answer, objects: Iterable[Any]) -> Iterator[Value]:
    for said in objects:
        yield from answer.read(said)


def _headers(api_key: str | None, headers: Mapping[str, str]) -> dict[str, str]:
    key = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    return {"Accept": "text/event-stream, application/json", **key, **headers}

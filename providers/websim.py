"""Websim: one request, one answer, for words and for pictures."""

import asyncio
import json
import secrets
import string
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urljoin

from providers import http
from providers.base import AsyncGeneratorProvider, Messages, ProviderModelMixin, Request
from providers.errors import RateLimited, RequestRejected, UnexpectedResponse
from providers.prompts import format_image_prompt
from providers.response import FinishReason, ImageResponse, Value

# A wait the upstream asks for is kept up to here; beyond it the person decides.
MAX_RETRY_AFTER = 20.0

_ALPHABET = string.ascii_lowercase + string.digits


class Websim(ProviderModelMixin, AsyncGeneratorProvider):
    """Asks Websim. Of the model only its kind matters: `image_models` draw, all others talk."""

    label = "Websim"
    url = "https://websim.ai"
    login_url = None
    chat_api_endpoint = "https://websim.ai/api/v1/inference/run_chat_completion"
    image_api_endpoint = "https://websim.ai/api/v1/inference/run_image_generation"
    working = True
    unofficial = True
    needs_auth = False
    use_nodriver = False
    supports_stream = False
    supports_system_message = True
    supports_message_history = True
    supports_images_in = True
    default_model = "gemini-1.5-pro"
    default_image_model = "flux"
    image_models = [default_image_model]
    models = [default_model, "gemini-1.5-flash", *image_models]

    retry_waits = (2.0, 4.0)
    """Seconds before each further try of a question that was refused as one too many."""
    _sleep = staticmethod(asyncio.sleep)

    @staticmethod
    def generate_project_id(for_image: bool = False) -> str:
        """A new project id: 20 characters in the shape its pages use for words or for pictures."""
        sizes = (7, 12) if for_image else (3, 16)
        return "_".join("".join(secrets.choice(_ALPHABET) for _ in range(size)) for size in sizes)

    @classmethod
    async def _generate(cls, request: Request) -> AsyncIterator[Value]:
        """Options: `prompt` (what to draw), `aspect_ratio`, `project_id`."""
        draws = request.model in cls.image_models
        project_id = request.options.get("project_id") or cls.generate_project_id(draws)
        common: dict[str, Any] = {
            "headers": cls._headers(draws) | dict(request.headers),
            "proxy": request.proxy,
            "base_url": request.base_url,
            "timeout": request.timeout,
        }
        if draws:
            prompt = request.options.get("prompt")
            ratio = request.options.get("aspect_ratio") or "1:1"
            values = cls._handle_image_request(
                project_id, request.messages, prompt, ratio, **common
            )
        else:
            values = cls._handle_chat_request(project_id, request.messages, **common)
        async for value in values:
            yield value
        yield FinishReason("stop")

    @classmethod
    async def _handle_chat_request(
        cls,
        project_id: str,
        messages: Messages,
        headers: Mapping[str, str],
        proxy: str | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Value]:
        """The answer in one piece. Of `kwargs`, `base_url` and `timeout` mean something."""
        request = _request(messages, headers, proxy, kwargs)
        body = {"project_id": project_id, "messages": [dict(message) for message in messages]}
        yield _chat_text(await cls._ask_patiently(request, body))

    @classmethod
    async def _handle_image_request(
        cls,
        project_id: str,
        messages: Messages,
        prompt: str | None,
        aspect_ratio: str,
        headers: Mapping[str, str],
        proxy: str | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Value]:
        """One picture of `prompt`, else of what the person said last."""
        request = _request(messages, headers, proxy, kwargs)
        wish = format_image_prompt(messages, prompt)
        if not wish.strip():
            raise RequestRejected("Say in words what the picture should show.", detail="websim")
        address = cls.address(request, cls.image_api_endpoint)
        body = {"project_id": project_id, "prompt": wish, "aspect_ratio": aspect_ratio}
        url = _image_url(await _post(request, address, body))
        yield ImageResponse((urljoin(address, url),), wish)

    @classmethod
    async def _ask_patiently(cls, request: Request, body: Mapping[str, Any]) -> bytes:
        """The answer to a question that is asked again while the upstream has too many.

        Raises RateLimited when the last try is refused too, or when the upstream asks for a
        longer wait than `MAX_RETRY_AFTER`.
        """
        address = cls.address(request, cls.chat_api_endpoint)
        for wait in cls.retry_waits:
            try:
                return await _post(request, address, body)
            except RateLimited as error:
                pause = wait if error.retry_after is None else error.retry_after
                if pause > MAX_RETRY_AFTER:
                    raise
            await cls._sleep(pause)
        return await _post(request, address, body)

    @classmethod
    def _headers(cls, draws: bool) -> dict[str, str]:
        page = "ai-image-prompt-generator" if draws else "zelos-ai-assistant"
        return {
            "accept": "*/*",
            "accept-language": "en-US,en;q=0.9",
            "content-type": "text/plain;charset=UTF-8",
            "origin": cls.url,
            "referer": f"{cls.url}/@ISWEARIAMNOTADDICTEDTOPILLOW/{page}",
            "user-agent": (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/133.0.0.0 Safari/537.36"
            ),
            "websim-flags": "",
        }


def _request(
    messages: Messages, headers: Mapping[str, str], proxy: str | None, options: Mapping[str, Any]
) -> Request:
    return Request(
        model="",
        messages=messages,
        headers=headers,
        proxy=proxy,
        base_url=options.get("base_url"),
        timeout=options.get("timeout"),
    )


async def _post(request: Request, url: str, body: Mapping[str, Any]) -> bytes:
    """The body of a good answer; raises the error that any other answer means."""
    async with http.request(
        "POST",
        url,
        headers=request.headers,
        content=json.dumps(body).encode(),
        proxy=request.proxy,
        timeout=request.timeouts,
    ) as response:
        if response.status < 300:
            return await response.read()
        said = await response.beginning()
        error = http.error_for_status(response.status, response.headers, said)
    if b"rate limit exceeded" in said.lower() and not isinstance(error, RateLimited):
        # The upstream says "too many" with other statuses as well.
        raise RateLimited(detail=error.detail)
    raise error


def _chat_text(body: bytes) -> str:
    """The text of a chat answer, which is JSON, or plain text now and then."""
    text = body.decode("utf-8", "replace").strip()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = "" if text[:1] in ("<", "{", "[") else text
    if isinstance(data, dict):
        data = data.get("content")
    if data is None:
        data = ""
    if not isinstance(data, str):
        raise UnexpectedResponse(detail="websim: content is no text")
    if not data.strip():
        raise UnexpectedResponse(
            "Websim sent no answer that can be read.", detail=f"websim: {len(body)} bytes"
        )
    return data.strip()


def _image_url(body: bytes) -> str:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    url = data.get("url") if isinstance(data, dict) else None
    if not isinstance(url, str) or not url:
        raise UnexpectedResponse(
            "Websim drew no picture.", detail=f"websim: no url in {len(body)} bytes"
        )
    return url

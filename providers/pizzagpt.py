"""Pizzagpt: one question, one answer, both JSON."""

from collections.abc import AsyncIterator
from typing import Any

from providers import http
from providers.base import AsyncGeneratorProvider, ProviderModelMixin, Request
from providers.errors import RequestRejected, UnexpectedResponse
from providers.prompts import format_prompt
from providers.response import FinishReason, Value

# The page sends a word that its owner changes now and then.
DEFAULT_SECRET = "Marinara"  # noqa: S105  (public: it stands in the page's own script)

_MISUSE = "misuse detected. please get in touch"


class Misuse(RequestRejected, ValueError):
    """The upstream noticed that no browser of its own is asking. Also a ValueError."""

    message = "Pizzagpt answers only its own page and noticed that this is another program."


class Pizzagpt(ProviderModelMixin, AsyncGeneratorProvider):
    """Asks Pizzagpt. The whole answer comes at once."""

    label = "Pizzagpt"
    url = "https://www.pizzagpt.it"
    api_endpoint = "/api/chatx-completion"
    working = False
    unofficial = True
    supports_stream = False
    default_model = "gpt-4o-mini"
    models = [default_model]

    @classmethod
    async def _generate(cls, request: Request) -> AsyncIterator[Value]:
        async with http.request(
            "POST",
            cls.address(request, f"{cls.url}{cls.api_endpoint}"),
            headers=cls._headers(request),
            json={"question": format_prompt(request.messages)},
            proxy=request.proxy,
            timeout=request.timeouts,
        ) as response:
            await http.raise_for_status(response)
            content = _content(await response.json())
        if _MISUSE in content.lower():
            raise Misuse(detail="pizzagpt: misuse text")
        if not content.strip():
            raise UnexpectedResponse(
                "Pizzagpt sent an empty answer.", detail="pizzagpt: content missing or empty"
            )
        yield content
        yield FinishReason("stop")

    @classmethod
    def _headers(cls, request: Request) -> dict[str, str]:
        return {
            "accept": "application/json",
            "accept-language": "en-US,en;q=0.9",
            "content-type": "application/json",
            "origin": cls.url,
            "referer": f"{cls.url}/en",
            "user-agent": (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/127.0.0.0 Safari/537.36"
            ),
            "x-secret": str(request.options.get("x_secret") or DEFAULT_SECRET),
            **request.headers,
        }


def _content(data: Any) -> str:
    """The text of either shape: `{"answer": {"content": …}}` or `{"content": …}`."""
    if isinstance(data, dict) and isinstance(data.get("answer"), dict):
        data = data["answer"]
    if not isinstance(data, dict):
        raise UnexpectedResponse(detail="pizzagpt: the answer is no object")
    content = data.get("content")
    if content is not None and not isinstance(content, str):
        raise UnexpectedResponse(detail="pizzagpt: content is no text")
    return content or ""

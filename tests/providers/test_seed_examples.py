"""Every example of the five documents this product began with, run as it is written there.

Only the upstream's address is another one: the classes' own addresses lead to an emulator. The
texts below are the examples' own, with the prompts of the interactive ones.
"""

import ast
import asyncio
import inspect
import sys
import types
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from providers import http
from providers.errors import RequestRejected
from providers.koala import Koala
from providers.perplexity_labs import PerplexityLabs
from providers.pizzagpt import Pizzagpt
from providers.response import FinishReason, ImageResponse, Sources
from providers.vitalentum import Vitalentum
from providers.websim import Websim
from tests.emulators.koala import KoalaEmulator
from tests.emulators.perplexity import PerplexityEmulator
from tests.emulators.pizzagpt import PizzagptEmulator
from tests.emulators.proxies import Proxy
from tests.emulators.server import Exchange, Server
from tests.emulators.vitalentum import VitalentumEmulator
from tests.emulators.websim import CHAT, IMAGE, WebsimEmulator

NAMES = {
    "Koala": Koala,
    "PerplexityLabs": PerplexityLabs,
    "Pizzagpt": Pizzagpt,
    "Vitalentum": Vitalentum,
    "Websim": Websim,
}


def without_prompts(example: str) -> str:
    """The code of an interactive example: its lines behind `>>>` and `...`."""
    lines = inspect.cleandoc(example).splitlines()
    return "\n".join(line[4:] for line in lines if line.startswith((">>>", "...")))


def run(code: str) -> list[Any]:
    """Run code as a script (top-level `await` allowed, as consoles do); what it printed."""
    printed: list[Any] = []
    names = {**NAMES, "__name__": "__main__", "asyncio": asyncio, "print": printed.append}
    compiled = compile(code, "<example>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    coroutine = eval(compiled, names)  # noqa: S307 (the examples above)
    if coroutine is not None:
        asyncio.run(coroutine)
    return printed


async def play(code: str) -> list[Any]:
    """`run` with a loop of its own, beside the one that serves the emulators."""
    return await asyncio.to_thread(run, code)


def text(printed: list[Any]) -> str:
    return "".join(value for value in printed if isinstance(value, str))


# PerplexityLabs

PERPLEXITY_EXAMPLE = """
async def example():
    messages = [{"role": "user", "content": "What is the meaning of life?"}]
    async for response in PerplexityLabs.create_async_generator(model="r1-1776", messages=messages):
        print(response)
"""


@pytest.fixture
async def perplexity(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PerplexityEmulator]:
    async with PerplexityEmulator(pace=0) as emulator:
        address = f"{emulator.base_url}/socket.io/"
        monkeypatch.setattr(PerplexityLabs, "api_endpoint", address)
        monkeypatch.setattr(
            PerplexityLabs, "websocket_endpoint", address.replace("http:", "ws:", 1)
        )
        yield emulator


@pytest.mark.parametrize("place", ["create_async_generator", "Examples"])
async def test_perplexity_labs_example(perplexity: PerplexityEmulator, place: str) -> None:
    printed = await play(PERPLEXITY_EXAMPLE + "\nawait example()")
    assert "What is the meaning of life?" in text(printed)
    assert isinstance(printed[-2], Sources)
    assert printed[-1] == FinishReason("stop")


# Pizzagpt

PIZZAGPT_EXAMPLE = """
async def example_usage():
    # Example messages for the API request
    messages = [
        {"role": "user", "content": "Hello, world!"},
    ]

    # Create an asynchronous generator for the Pizzagpt API
    async_generator = await Pizzagpt.create_async_generator(model='gpt-4o-mini', messages=messages)

    # Iterate over the generator and print the responses
    async for response in async_generator:
        print(f"API Response: {response}")

if __name__ == "__main__":
    import asyncio
    asyncio.run(example_usage())
"""


async def test_pizzagpt_example_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    async with PizzagptEmulator(pace=0) as emulator:
        monkeypatch.setattr(Pizzagpt, "url", emulator.base_url)
        printed = await play(PIZZAGPT_EXAMPLE)
    assert printed[0].startswith("API Response: You asked **Pizzagpt**")
    assert "Hello, world!" in printed[0]


# Websim


@pytest.fixture
async def websim(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WebsimEmulator]:
    async with WebsimEmulator(pace=0) as emulator:
        monkeypatch.setattr(Websim, "chat_api_endpoint", emulator.base_url + CHAT)
        monkeypatch.setattr(Websim, "image_api_endpoint", emulator.base_url + IMAGE)
        yield emulator


async def play_websim(example: str) -> list[Any]:
    return await play(without_prompts(example))


async def test_websim_generate_project_id() -> None:
    chat, image = await play(
        "print(Websim.generate_project_id())\nprint(Websim.generate_project_id(for_image=True))"
    )
    for made, documented in ((chat, "ke3_xh5gai3gjkmruomu"), (image, "kx0m131_rzz66qb2xoy7")):
        assert len(made) == len(documented)
        assert made.index("_") == documented.index("_")


async def test_websim_create_async_generator(websim: WebsimEmulator) -> None:
    printed = await play_websim("""
        >>> async def main():
        ...     messages = [
        ...         {"role": "user", "content": "Hello, how are you?"},
        ...     ]
        ...     async for response in Websim.create_async_generator(model='gemini-1.5-pro', messages=messages):
        ...         print(response)

        >>> asyncio.run(main())
        I'm doing well, thank you for asking! How can I help you today?
    """)
    assert "Hello, how are you?" in text(printed)


async def test_websim_handle_image_request(websim: WebsimEmulator) -> None:
    printed = await play_websim("""
        >>> async def main():
        ...     messages = [
        ...         {"role": "user", "content": "Generate an image of a cat."},
        ...     ]
        ...     async for response in Websim.create_async_generator(model='flux', messages=messages):
        ...         print(response)

        >>> asyncio.run(main())
        <ImageResponse object at ...>
    """)
    assert isinstance(printed[0], ImageResponse)
    assert printed[0].alt == "Generate an image of a cat."


async def test_websim_handle_chat_request(websim: WebsimEmulator) -> None:
    printed = await play_websim("""
        >>> async def main():
        ...     messages = [
        ...         {"role": "user", "content": "What is the meaning of life?"},
        ...     ]
        ...     async for response in Websim.create_async_generator(model='gemini-1.5-pro', messages=messages):
        ...         print(response)

        >>> asyncio.run(main())
        The meaning of life is a question that has been pondered by philosophers and theologians.
    """)
    assert "What is the meaning of life?" in text(printed)


async def test_websim_chat_request(websim: WebsimEmulator) -> None:
    printed = await play_websim("""
        >>> async def main():
        ...     messages = [
        ...         {"role": "user", "content": "What is the capital of France?"},
        ...     ]
        ...     async for response in Websim.create_async_generator(model='gemini-1.5-pro', messages=messages):
        ...         print(response)

        >>> asyncio.run(main())
        The capital of France is Paris.
    """)
    assert "What is the capital of France?" in text(printed)


async def test_websim_image_generation_request(websim: WebsimEmulator) -> None:
    printed = await play_websim("""
        >>> async def main():
        ...     messages = [
        ...         {"role": "user", "content": "Generate an image of a cat sitting on a couch."},
        ...     ]
        ...     async for response in Websim.create_async_generator(model='flux', messages=messages):
        ...         print(response)

        >>> asyncio.run(main())
        <ImageResponse object at ...>
    """)
    assert isinstance(printed[0], ImageResponse)


WEBSIM_USING_PROXY = """
        >>> async def main():
        ...     messages = [
        ...         {"role": "user", "content": "What is the weather like in London?"},
        ...     ]
        ...     async for response in Websim.create_async_generator(model='gemini-1.5-pro', messages=messages, proxy='http://your-proxy-server:port'):
        ...         print(response)

        >>> asyncio.run(main())
        # ... the response from the GPT-4 Free model
"""


async def test_websim_using_proxy(websim: WebsimEmulator) -> None:
    async with Proxy("http") as proxy:
        example = WEBSIM_USING_PROXY.replace("http://your-proxy-server:port", proxy.url)
        printed = await play_websim(example)
        assert proxy.asked == [f"127.0.0.1:{websim.port}"]
    assert "What is the weather like in London?" in text(printed)


async def test_websim_using_proxy_with_the_placeholder_is_a_clear_error(
    websim: WebsimEmulator,
) -> None:
    with pytest.raises(RequestRejected) as caught:
        await play_websim(WEBSIM_USING_PROXY)
    assert "proxy" in caught.value.message
    assert websim.requests == []


async def test_websim_specifying_aspect_ratio_for_image_generation(websim: WebsimEmulator) -> None:
    printed = await play_websim("""
        >>> async def main():
        ...     messages = [
        ...         {"role": "user", "content": "Generate an image of a landscape."},
        ...     ]
        ...     async for response in Websim.create_async_generator(model='flux', messages=messages, aspect_ratio='16:9'):
        ...         print(response)

        >>> asyncio.run(main())
        <ImageResponse object at ...>
    """)
    assert isinstance(printed[0], ImageResponse)
    assert websim.requests[0].json()["aspect_ratio"] == "16:9"


# Koala

KOALA_CREATE = """
# Пример использования create_async_generator
import asyncio
from typing import List, Dict, Any

async def main():
    messages: List[Dict[str, str]] = [
        {"role": "user", "content": "Привет, как дела?"},
        {"role": "assistant", "content": "Привет! У меня все хорошо, спасибо!"},
        {"role": "user", "content": "Расскажи что-нибудь интересное."},
    ]

    async for chunk in Koala.create_async_generator(model="gpt-4o-mini", messages=messages):
        print(chunk)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_koala_create_async_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    async with KoalaEmulator(pace=0) as emulator:
        monkeypatch.setattr(Koala, "api_endpoint", f"{emulator.base_url}/api/gpt/")
        printed = await play(KOALA_CREATE)
        body = emulator.requests[0].json()
    assert "Расскажи что-нибудь интересное." in text(printed)
    assert body["inputHistory"] == ["Привет, как дела?"]
    assert body["outputHistory"] == ["Привет! У меня все хорошо, спасибо!"]


KOALA_PARSE = """
# Пример использования _parse_event_stream
import asyncio
from aiohttp import ClientSession
from typing import AsyncGenerator, Dict, Any

async def fetch_data() -> AsyncGenerator[Dict[str, Any], None]:
    async with ClientSession() as session:
        async with session.get("https://example.com/api/stream") as response:  # Замените URL на реальный endpoint
            async for item in Koala._parse_event_stream(response):
                yield item

async def main():
    async for data in fetch_data():
        print(data)

if __name__ == "__main__":
    asyncio.run(main())
"""


class Session:
    """As much of another client's session as the example uses; its content comes in lines."""

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    def get(self, url: str) -> AbstractAsyncContextManager[Any]:
        return self._get(url)

    @asynccontextmanager
    async def _get(self, url: str) -> AsyncIterator[Any]:
        async with http.request("GET", url) as response:
            yield types.SimpleNamespace(content=response.chunks())


class Events(Server):
    async def handle(self, exchange: Exchange) -> None:
        assert exchange.request.path == "/api/stream"
        await exchange.begin(headers={"Content-Type": "text/event-stream"})
        await exchange.send('data: {"answer": 42}\n\n')
        await exchange.send('data: "text"\n\n')
        await exchange.end()


@pytest.fixture
def aiohttp(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = types.ModuleType("aiohttp")
    module.ClientSession = Session  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "aiohttp", module)
    yield


async def test_koala_parse_event_stream(aiohttp: None) -> None:
    async with Events() as server:
        printed = await play(KOALA_PARSE.replace("https://example.com", server.base_url))
    assert printed == [{"answer": 42}, "text"]


# Vitalentum

VITALENTUM_DOCSTRING = """
            >>> messages = [
            ...    {"role": "user", "content": "Hello, how are you?"},
            ...    {"role": "assistant", "content": "I am doing well, thank you. How can I help you?"},
            ... ]
            >>> async_generator = await Vitalentum.create_async_generator(
            ...     model="gpt-3.5-turbo", messages=messages
            ... )
            >>> async for response in async_generator:
            ...     print(response)
"""

VITALENTUM_EXAMPLES = """
>>> messages = [
...    {"role": "user", "content": "Hello, how are you?"},
...    {"role": "assistant", "content": "I am doing well, thank you. How can I help you?"},
... ]
>>> async_generator = await Vitalentum.create_async_generator(
...     model="gpt-3.5-turbo", messages=messages
... )
>>> async for response in async_generator:
...     print(response)
"""


@pytest.mark.parametrize(
    "example",
    [VITALENTUM_DOCSTRING, VITALENTUM_EXAMPLES],
    ids=["create_async_generator docstring", "create_async_generator, Examples"],
)
async def test_vitalentum_example(monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    async with VitalentumEmulator(pace=0) as emulator:
        monkeypatch.setattr(Vitalentum, "url", emulator.base_url)
        printed = await play(without_prompts(example))
    assert "I am doing well, thank you. How can I help you?" in text(printed)
    assert printed[-1] == FinishReason("stop")


# The attributes the documents name


def test_the_classes_have_the_attributes_the_documents_name() -> None:
    assert (PerplexityLabs.working, Pizzagpt.working, Websim.working) == (True, False, True)
    assert (Koala.working, Vitalentum.working) == (False, False)
    assert PerplexityLabs.url == "https://labs.perplexity.ai"
    assert PerplexityLabs.default_model == "r1-1776"
    assert PerplexityLabs.models == [
        "r1-1776", "sonar-pro", "sonar", "sonar-reasoning", "sonar-reasoning-pro",
    ]  # fmt: skip
    assert (Pizzagpt.url, Pizzagpt.api_endpoint) == (
        "https://www.pizzagpt.it",
        "/api/chatx-completion",
    )
    assert (Pizzagpt.default_model, Pizzagpt.models) == ("gpt-4o-mini", ["gpt-4o-mini"])
    assert Websim.chat_api_endpoint == f"https://websim.ai{CHAT}"
    assert Websim.image_api_endpoint == f"https://websim.ai{IMAGE}"
    assert (Websim.login_url, Websim.needs_auth, Websim.use_nodriver) == (None, False, False)
    assert (Websim.supports_stream, Websim.supports_system_message) == (False, True)
    assert Websim.supports_message_history is True
    assert (Websim.default_model, Websim.default_image_model) == ("gemini-1.5-pro", "flux")
    assert Websim.models == ["gemini-1.5-pro", "gemini-1.5-flash", "flux"]
    assert Websim.image_models == ["flux"]
    assert (Koala.url, Koala.api_endpoint) == ("https://koala.sh/chat", "https://koala.sh/api/gpt/")
    assert (Koala.supports_message_history, Koala.default_model) == (True, "gpt-4o-mini")
    assert (Vitalentum.url, Vitalentum.supports_gpt_35_turbo) == ("https://app.vitalentum.io", True)


@pytest.mark.parametrize("provider", list(NAMES.values()))
def test_every_provider_of_the_documents_says_that_it_is_unofficial(provider: Any) -> None:
    assert provider.unofficial is True

"""Asking a provider in a test: what it said, and how it failed."""

from typing import Any

from providers.base import AsyncGeneratorProvider, Messages
from providers.errors import ProviderError
from providers.response import Reasoning, Value

HELLO: Messages = [{"role": "user", "content": "Hello 😀, who are you?"}]


async def ask(
    provider: type[AsyncGeneratorProvider],
    base_url: str,
    model: str = "",
    messages: Messages = HELLO,
    **options: Any,
) -> list[Value]:
    """Everything the provider says."""
    return [
        value
        async for value in provider.create_async_generator(
            model, messages, base_url=base_url, **options
        )
    ]


async def ask_in_vain(
    provider: type[AsyncGeneratorProvider],
    base_url: str,
    model: str = "",
    messages: Messages = HELLO,
    **options: Any,
) -> tuple[list[Value], ProviderError]:
    """What the provider says before it fails, and the failure."""
    values: list[Value] = []
    try:
        async for value in provider.create_async_generator(
            model, messages, base_url=base_url, **options
        ):
            values.append(value)
    except ProviderError as error:
        assert error.message.endswith((".", "…")) or ":" in error.message
        assert error.detail
        return values, error
    raise AssertionError(f"no failure, but {values!r}")


def text(values: list[Value]) -> str:
    """The answer alone."""
    return "".join(value for value in values if isinstance(value, str))


def thoughts(values: list[Value]) -> str:
    """The reasoning alone."""
    return "".join(value.text for value in values if isinstance(value, Reasoning))

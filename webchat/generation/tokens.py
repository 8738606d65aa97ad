"""How many tokens something is, about: for providers that do not tell."""

from collections.abc import Sequence
from math import ceil
from typing import Any

PICTURE = 1000  # what those that count pictures take for a large one, about


def estimate(text: str) -> int:
    """A token is four ASCII characters, or three bytes of others: one character of Chinese."""
    if text.isascii():
        return ceil(len(text) / 4)
    plain = len(text.encode("ascii", "ignore"))
    other = len(text.encode("utf-8", "replace")) - plain
    return ceil(plain / 4 + other / 3)


def estimate_prompt(messages: Sequence[dict[str, Any]]) -> int:
    """The same for the messages a provider is sent, OpenAI-style."""
    return sum(_content(message["content"]) for message in messages)


def _content(content: str | list[dict[str, Any]]) -> int:
    if isinstance(content, str):
        return estimate(content)
    return sum(estimate(part["text"]) if part["type"] == "text" else PICTURE for part in content)

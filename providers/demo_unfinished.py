"""Answers of the demonstration that are asked to go on where they were cut off."""

import re
from collections.abc import Iterator
from typing import TypeVar

from providers.base import Messages
from providers.prompts import text_of
from providers.response import Value

T = TypeVar("T")

_GO_ON = re.compile(r"\bgo on (exactly )?where (it|you) stop", re.IGNORECASE)
_ELSEWHERE = " and from here on I cannot know what was meant, so I end it."


def unfinished(messages: Messages) -> tuple[Messages, str]:
    """The prompt that an unfinished answer answers, and what it says so far.

    A prompt whose last message asks for something else comes back as it is, with no text.
    """
    if len(messages) < 3 or messages[-2].get("role") != "assistant":
        return messages, ""
    if not _GO_ON.search(text_of(messages[-1].get("content"))):
        return messages, ""
    return messages[:-2], text_of(messages[-2].get("content"))


def remainder(values: Iterator[Value | T], already: str) -> Iterator[Value | T]:
    """What comes after the text `already`; a short end where it began otherwise."""
    whole = list(values)
    text = "".join(value for value in whole if isinstance(value, str))
    if not text.startswith(already):
        yield _ELSEWHERE
        return
    left = len(already)
    for value in whole:
        if not isinstance(value, str):
            if not left:
                yield value
            continue
        if rest := value[left:]:
            yield rest
        left = max(0, left - len(value))

"""What the objects of the chat completions wire mean, from whichever server they come.

Sources: the OpenAI API reference (chat completion chunk), DeepSeek, vLLM and llama.cpp
(`reasoning_content`), OpenRouter and Ollama (`reasoning`, `reasoning_details`, `images`,
`annotations`), Perplexity (`citations`, `search_results`), Mistral (`thinking` parts).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from providers.errors import (
    ContentBlocked,
    ProviderError,
    RateLimited,
    Unavailable,
    UnexpectedResponse,
)
from providers.response import (
    FinishReason,
    ImageResponse,
    Reasoning,
    Source,
    Sources,
    Usage,
    Value,
)
from providers.statuses import error_for_status, error_for_words, names_rate, said_in, wait_in

_RATE = re.compile(r"rate.?limit|too many requests|throttl", re.IGNORECASE)


class Answer:
    """One answer as its chunks (or its one whole object) add up."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}  # address: title, in order of appearance
        self._usage: Usage | None = None
        self._reason = ""
        self._said_anything = False
        self._went_on = False

    @property
    def finished(self) -> bool:
        """Whether a finish reason came, and from a server that says no more behind it."""
        return bool(self._reason) and not self._went_on

    def read(self, chunk: Any) -> Iterator[Value]:
        """The values of one chunk. Raises the ProviderError that an error object means."""
        if not isinstance(chunk, Mapping):
            raise UnexpectedResponse(detail=f"a chunk is {type(chunk).__name__}")
        if chunk.get("error"):
            raise error_of(chunk["error"])
        self._note(chunk)
        had_reason = bool(self._reason)
        for value in self._choice(chunk):
            self._said_anything = True
            self._went_on = self._went_on or had_reason
            yield value

    def end(self, complete: bool) -> Iterator[Value]:
        """What is known only at the end. `complete`: the upstream said that this is the end.

        Raises Unavailable when it did not say so in any way, ContentBlocked when a filter left
        nothing of the answer.
        """
        if not (complete or self._reason):
            raise Unavailable(
                "The provider broke the answer off in the middle.", detail="no finish reason"
            )
        if self._reason == "content_filter" and not self._said_anything:
            raise ContentBlocked(detail="finish reason content_filter")
        if self._sources:
            yield Sources(tuple(Source(url, title) for url, title in self._sources.items()))
        if self._usage is not None:
            yield self._usage
        yield FinishReason(self._reason or "stop")

    def _note(self, chunk: Mapping[str, Any]) -> None:
        if isinstance(chunk.get("usage"), Mapping):
            self._usage = _usage(chunk["usage"])
        if "citations" in chunk or "search_results" in chunk:
            for url in _texts(chunk.get("citations")):
                self._sources.setdefault(url, "")
            self._add_sources(_mappings(chunk.get("search_results")))

    def _add_sources(self, found: Iterable[Mapping[str, Any]]) -> None:
        for source in found:
            url = source.get("url")
            if isinstance(url, str) and url:
                title = source.get("title")
                self._sources[url] = title if isinstance(title, str) else ""

    def _choice(self, chunk: Mapping[str, Any]) -> Iterator[Value]:
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, Mapping) or choice.get("index"):
            return
        self._reason = str(choice.get("finish_reason") or "") or self._reason
        message = choice.get("delta")
        if message is None and not self._said_anything:
            message = choice.get("message")  # a whole answer; later it repeats what was said
        if not isinstance(message, Mapping):
            return
        content = message.get("content")
        if len(message) == 1 and isinstance(content, str):  # nearly every chunk of every server
            if content:
                yield content
            return
        self._add_sources(_cited(message))
        yield from _thoughts(message)
        yield from _content(content)
        yield from _texts([message.get("refusal")])
        yield from _pictures(message)


def error_of(error: Any) -> ProviderError:
    """The error that the `error` of a chunk or an answer means: an object or a sentence."""
    body = json.dumps({"error": error}).encode()
    code = error.get("code") if isinstance(error, Mapping) else None
    if isinstance(code, int) and 400 <= code < 600:
        return error_for_status(code, {}, body)
    said = said_in(error)
    detail = f"error object, {len(body)} bytes"
    if names_rate(said, or_else=_RATE):
        return RateLimited(detail=detail, retry_after=wait_in(said))
    return error_for_words(said, detail=detail) or Unavailable(
        "The provider could not finish the answer.", detail=detail
    )


def _thoughts(message: Mapping[str, Any]) -> Iterator[Reasoning]:
    for name in ("reasoning_content", "reasoning"):
        if isinstance(message.get(name), str) and message[name]:
            yield Reasoning(message[name])
            return  # servers that send both names say the same in both
    for part in _mappings(message.get("reasoning_details")):
        for text in _texts([part.get("text") or part.get("summary")]):
            yield Reasoning(text)


def _content(content: Any) -> Iterator[Value]:
    if isinstance(content, str):
        if content:
            yield content
        return
    for part in _mappings(content):
        if part.get("type") == "thinking":
            for piece in _content(part.get("thinking")):
                yield Reasoning(piece) if isinstance(piece, str) else piece
        elif part.get("type") == "image_url":
            yield from _pictures({"images": [part]})
        else:
            yield from _texts([part.get("text")])


def _pictures(message: Mapping[str, Any]) -> Iterator[ImageResponse]:
    urls = []
    for image in _mappings(message.get("images")):
        place = image.get("image_url")
        urls += _texts([place.get("url") if isinstance(place, Mapping) else place])
    if urls:
        yield ImageResponse(tuple(urls))


def _cited(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for note in _mappings(message.get("annotations")):
        if isinstance(note.get("url_citation"), Mapping):
            yield note["url_citation"]


def _usage(usage: Mapping[str, Any]) -> Usage:
    details: dict[str, int] = {}
    for name in ("prompt_tokens_details", "completion_tokens_details"):
        group = usage.get(name)
        if isinstance(group, Mapping):
            details |= {str(key): count for key, count in group.items() if type(count) is int}
    return Usage(
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
        _count(usage.get("total_tokens")),
        {key: count for key, count in details.items() if count},
    )


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, str) and item]

"""What happens to every fragment of text at the edge: cleaned, and thinking told from answer."""

import re
from collections.abc import Iterable, Iterator

from providers.errors import ProviderError
from providers.response import FinishReason, ImageResponse, Reasoning, Source, Sources, Value

_UNSAFE = re.compile("[\0\ud800-\udfff]")
_OPEN = "<think>"
_CLOSE = "</think>"
_MAX_LEADING_SPACE = 4096
_JOINED_CHARS = 4096  # so much is one step for whoever shows it


def clean(text: str) -> str:
    """The text with NUL and lone surrogates as U+FFFD and surrogate pairs joined."""
    if not _UNSAFE.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", "\ufffd")


def joined(values: Iterable[Value]) -> Iterator[Value]:
    """What came at once, with short neighbouring fragments as one: each costs the way to the page.

    An error of `values` is raised when all that came before it was handed on.
    """
    out: list[Value] = []
    failure: ProviderError | None = None
    try:
        for value in values:
            whole = _together(out[-1], value) if out else None
            if whole is None:
                out.append(value)
            else:
                out[-1] = whole
    except ProviderError as error:
        failure = error
    yield from out
    if failure is not None:
        raise failure


def _together(first: Value, second: Value) -> Value | None:
    """Two fragments as one, where they are of a kind and short."""
    if isinstance(first, str) and isinstance(second, str):
        return first + second if len(first) + len(second) <= _JOINED_CHARS else None
    if isinstance(first, Reasoning) and isinstance(second, Reasoning):
        text = _together(first.text, second.text)
        return Reasoning(text) if isinstance(text, str) else None
    return None


class Cleaner:
    """Cleans a text that comes in fragments; a pair cut in two is joined."""

    def __init__(self) -> None:
        self._high = ""

    def feed(self, text: str) -> str:
        """The clean text known so far."""
        text = self._high + text
        self._high = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            self._high = text[-1]
            text = text[:-1]
        return clean(text)

    def flush(self) -> str:
        """What an end in the middle of a pair leaves."""
        text, self._high = self._high, ""
        return clean(text)


class ThinkSplitter:
    """Tells `<think>…</think>` at the opening of an answer from the answer.

    White space before the tag is dropped; later tags are text. With `inside` the text begins
    in the thinking, whether or not the opening tag comes.
    """

    def __init__(self, inside: bool = False) -> None:
        self._inside = inside
        self._opening = True
        self._held = ""

    def feed(self, text: str) -> Iterator[str | Reasoning]:
        """The values that are certain so far."""
        if self._opening:
            text = self._settle(self._held + text)
        if self._opening:
            return
        if not self._inside:
            yield text
            return
        thought, tag, answer = (self._held + text).partition(_CLOSE)
        self._held = ""
        if tag:
            self._inside = False
        else:
            thought, self._held = _split_off(thought, _CLOSE)
        yield Reasoning(thought)
        yield answer

    def flush(self) -> Iterator[str | Reasoning]:
        """What was held back in case it became a tag."""
        yield Reasoning(self._held) if self._inside else self._held
        self._held = ""

    def _settle(self, text: str) -> str:
        """The text behind the opening; while that is uncertain, everything is held."""
        stripped = text.lstrip()
        if _OPEN.startswith(stripped) and stripped != _OPEN and len(text) <= _MAX_LEADING_SPACE:
            self._held = text
            return ""
        self._opening = False
        self._held = ""
        if not stripped.startswith(_OPEN):
            return text
        self._inside = True
        return stripped.removeprefix(_OPEN)


def _split_off(text: str, tag: str) -> tuple[str, str]:
    """The text without its longest end that may be the beginning of `tag`, and that end."""
    for size in range(min(len(tag) - 1, len(text)), 0, -1):
        if tag.startswith(text[-size:]):
            return text[:-size], text[-size:]
    return text, ""


class Fragments:
    """The order of treatment for one answer: cleaned, split, empty ones dropped."""

    def __init__(self, starts_in_reasoning: bool = False) -> None:
        self._text = Cleaner()
        self._thought = Cleaner()
        self._splitter = ThinkSplitter(starts_in_reasoning)

    def feed(self, value: Value) -> Iterator[Value]:
        """The values to hand on for one value of the provider."""
        if isinstance(value, str):
            yield from _filled(self._splitter.feed(self._text.feed(value)))
        elif isinstance(value, Reasoning):
            yield from _filled([Reasoning(self._thought.feed(value.text))])
        else:
            yield _clean_value(value)

    def flush(self) -> Iterator[Value]:
        """The values that were still held back at the end."""
        yield from _filled([Reasoning(self._thought.flush())])
        yield from _filled(self._splitter.feed(self._text.flush()))
        yield from _filled(self._splitter.flush())


def _filled(values: "Iterator[str | Reasoning] | list[Reasoning]") -> Iterator[str | Reasoning]:
    for value in values:
        if value.text if isinstance(value, Reasoning) else value:
            yield value


def _clean_value(value: Value) -> Value:
    if isinstance(value, Sources):
        return Sources(tuple(Source(clean(s.url), clean(s.title)) for s in value.sources))
    if isinstance(value, ImageResponse):
        images = tuple(clean(i) if isinstance(i, str) else i for i in value.images)
        return ImageResponse(images, clean(value.alt))
    if isinstance(value, FinishReason):
        return FinishReason(clean(value.reason))
    return value

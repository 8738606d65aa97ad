"""The marks that ChatGPT leaves in its answers: what they cite becomes `[1]` and a list of sources.

A mark is `\\ue200cite\\ue202turn0search0\\ue201`, or `【3†source】` in older answers; the metadata say
which pages it means. Other marks hold words of the sentence: a name, or the title of a link.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from webchat.exchange.document import SHORT_MAX, SOURCES_MAX
from webchat.exchange.fields import clean

_MARK = re.compile("\ue200([^\ue200\ue201]*)\ue201|【[^【】\n]*】")
_LEFT = re.compile("[\ue200-\ue206]")  # of a mark that is cut, or around words that were cited
_WEB = re.compile(r"https?://[^\s\x00-\x20\x7f]+", re.I)
_BETWEEN = "\ue202"


def cited(text: str, metadata: dict[str, Any]) -> tuple[str, list[dict[str, str]]]:
    """The text with numbers for its marks, and the sources that they count."""
    sources = _Sources()
    numbers: dict[str, str] = {}
    for reference in _objects(metadata.get("content_references")):
        found = sources.numbers(reference)
        mark = reference.get("matched_text")
        if found and isinstance(mark, str):
            numbers[mark.strip()] = found

    def written(mark: re.Match[str]) -> str:
        found = numbers.get(mark[0], "")
        return f"{_words(mark[1])}{found}" if mark[1] is not None else found or mark[0]

    return _LEFT.sub("", _MARK.sub(written, text)), sources.found


class _Sources:
    """The pages that an answer cites, each once, in the order of the references."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []
        self._places: dict[str, int] = {}

    def numbers(self, reference: dict[str, Any]) -> str:
        """`[1][2]` for the pages of a reference, which are among the sources from now on."""
        places = [place for page in _pages(reference) if (place := self._place(page))]
        return "".join(f"[{place}]" for place in dict.fromkeys(places))

    def _place(self, page: dict[str, Any]) -> int:
        """From 1; 0 for what is no page, and for one too many."""
        url, title = page.get("url"), page.get("title")
        if not isinstance(url, str) or len(url) > SHORT_MAX or not _WEB.fullmatch(url):
            return 0
        url = clean(url)
        if url not in self._places:
            if len(self.found) >= SOURCES_MAX:
                return 0
            words = clean(title[:SHORT_MAX]) if isinstance(title, str) else ""
            self.found.append({"url": url, "title": words})
            self._places[url] = len(self.found)
        return self._places[url]


def _pages(reference: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a reference cites: one page, several, or each with others that say the same."""
    yield reference
    for page in (*_objects([reference.get("item")]), *_objects(reference.get("items"))):
        yield page
        yield from _objects(page.get("supporting_websites"))
    yield from _objects(reference.get("sources"))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _words(inside: str) -> str:
    """What a reader would miss without the mark."""
    kind, _between, rest = inside.partition(_BETWEEN)
    if kind == "entity":
        return _name(rest)
    if kind != "url":
        return ""
    title, _between, url = rest.partition(_BETWEEN)
    return f"[{title}]({url})" if _WEB.fullmatch(url) else title


def _name(told: str) -> str:
    """The second of `["city", "Paris", "capital of France"]`."""
    try:
        match json.loads(told):
            case [_, str(name), *_]:
                return name
    except (ValueError, RecursionError):
        pass
    return ""

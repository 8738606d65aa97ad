"""Marks like `[2]` in an answer as links to the answer's sources."""

import re
from collections.abc import Sequence
from html import escape
from typing import Protocol


class SourceLink(Protocol):
    """What an answer cites: an address and what the page there is called."""

    @property
    def url(self) -> str:
        """Where the source is; only http and https become links."""

    @property
    def title(self) -> str:
        """Its title; may be empty."""


# nh3 writes every attribute in double quotes and nests none of these elements in itself.
_PARTS = re.compile(
    r"<(pre|code|a|math)\b.*?</\1>|<[^>\"]*(?:\"[^\"]*\"[^>\"]*)*>|\[([1-9][0-9]{0,2})\]", re.S
)
_MARK = re.compile(r"\[[1-9]")
_WEB = re.compile(r"https?://[^\s\x00-\x20\x7f]{1,2000}", re.I)


def has_marks(html: str) -> bool:
    """Whether sources could change this HTML at all."""
    return _MARK.search(html) is not None


def link(html: str, sources: Sequence[SourceLink]) -> str:
    """Sanitised HTML in, out with each mark that has a source as a link; sources count from 1."""
    if not sources or not has_marks(html):
        return html

    def linked(match: re.Match[str]) -> str:
        number = int(match[2] or 0)
        if not 1 <= number <= len(sources):
            return match[0]
        return _anchor(number, sources[number - 1]) or match[0]

    return _PARTS.sub(linked, html)


def _anchor(number: int, source: SourceLink) -> str:
    if not _WEB.fullmatch(source.url):
        return ""
    title = f' title="{escape(source.title)}"' if source.title else ""
    return (
        f'<a class="mark" href="{escape(source.url)}"{title} target="_blank"'
        f' rel="noopener noreferrer nofollow">[{number}]</a>'
    )

"""What a person reads on a page of the product, taken out of its HTML.

Words of the interface are left out, as later releases word them anew: labels, buttons, footers.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr",
}  # fmt: skip
SILENT = {"button", "script", "style", "svg", "template", "summary", "noscript"}
"""Elements whose text is a control or is not shown."""
BLOCKS = {
    "blockquote",
    "div",
    "h1",
    "h2",
    "h3",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "td",
    "th",
    "tr",
    "ul",
}
"""Elements that stand on lines of their own."""
SHAPES = {"h1", "h2", "ul", "ol", "table", "pre", "math", "blockquote", "em", "strong", "sup"}
"""The elements of an answer that are to be the same later."""
CONVERSATION = re.compile(r"/c/[0-9a-f-]{36}/$")


@dataclass
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def is_a(self, tag: str, **wanted: str) -> bool:
        """`kind` is one of the element's classes; `_` in another name is a hyphen."""
        if tag not in ("*", self.tag):
            return False
        kind = wanted.pop("kind", "")
        return (not kind or kind in self.get("class").split()) and all(
            self.get(name.replace("_", "-")) == value for name, value in wanted.items()
        )

    def all(self, tag: str = "*", **wanted: str) -> Iterator["Node"]:
        for child in self.children:
            if isinstance(child, Node):
                if child.is_a(tag, **dict(wanted)):
                    yield child
                yield from child.all(tag, **wanted)

    def first(self, tag: str = "*", **wanted: str) -> "Node":
        """An empty element where there is none."""
        return next(self.all(tag, **wanted), Node(""))

    @property
    def text(self) -> str:
        """What is read in it, with single spaces."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in SILENT and not child.is_a("*", kind="visually-hidden"):
                space = " " if child.tag in BLOCKS else ""
                yield space
                yield from child._pieces()
                yield space


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("page")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place].tag == tag:
                del self.open[place:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Node:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.open[0]


def links(node: Node) -> list[tuple[str, str]]:
    """The titles and addresses of conversations in a list."""
    found = ((link.text, link.get("href")) for link in node.all("a"))
    return [(text, address) for text, address in found if CONVERSATION.search(address)]


def messages(page: Node, digest: Callable[[str], str]) -> list[dict[str, Any]]:
    """The messages of a conversation as they stand there; `digest` is of the bytes at an address."""
    return [_message(each, digest) for each in page.all("article") if each.get("data-role")]


def _message(node: Node, digest: Callable[[str], str]) -> dict[str, Any]:
    answer = node.first(data_part="answer")
    found = {
        "role": node.get("data-role"),
        "status": node.get("data-status"),
        "text": answer.text or node.first(kind="bubble").text,
        "elements": sorted({each.tag for each in answer.all()} & SHAPES),
        "reasoning": node.first(data_part="reasoning").text,
        "sources": [
            [link.first(kind="source-title").text, link.get("href")]
            for link in node.all("a", kind="source")
        ],
        "pictures": [[each.get("alt"), digest(each.get("src"))] for each in _pictures(node)],
        "failure": _failure(node),
        "rating": _rating(node),
    }
    return {name: value for name, value in found.items() if value}


def _pictures(node: Node) -> Iterator[Node]:
    return node.first("ul", kind="images").all("img")


def _failure(node: Node) -> str:
    """What the provider said; the sentences about other ends are the interface's."""
    failed = node.get("data-status") == "failed"
    return node.first(kind="failure").first("p").text if failed else ""


def _rating(node: Node) -> str:
    pressed = node.first("button", name="thumb", aria_pressed="true")
    thumbs = list(node.all("button", name="thumb"))
    return ("up", "down")[thumbs.index(pressed)] if pressed in thumbs else ""

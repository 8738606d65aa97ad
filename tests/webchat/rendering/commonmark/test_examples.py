import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from webchat.rendering.commonmark import COMMONMARK, to_html
from webchat.rendering.markdown import render_blocks

FOLDER = Path(__file__).parent
EXAMPLES = json.loads((FOLDER / "examples.json").read_text())
DIFFERENCES = json.loads((FOLDER / "differences.json").read_text())
VOID = ("br", "hr", "img", "input")
DRESSING = "dressing"


class Tokens(HTMLParser):
    """HTML as a list that does not depend on how it is written: white space between blocks, `<br />`."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tokens = []
        self.in_pre = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.in_pre = self.in_pre or tag == "pre"
        self.tokens.append((tag, tuple(sorted(attrs))))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        self.in_pre = self.in_pre and tag != "pre"
        if tag not in VOID:
            self.tokens.append(f"/{tag}")

    def handle_data(self, data):
        if not self.in_pre:
            data = re.sub(r"\s+", " ", data)
        if data.strip() or self.in_pre:
            self.tokens.append(data if self.in_pre else data.strip())


def tokens(html):
    return Tokens(html).tokens


def undressed(html):
    """The product's HTML without what it adds to everything of a kind."""
    html = re.sub(
        r' (?:rel="noopener[^"]*"|target="_blank"|tabindex="0"|data-language="[^"]*")', "", html
    )
    html = re.sub(r'</?span(?: class="[a-z0-9]+")?>', "", html)
    return re.sub(r"<(/?)h([3-6])>", lambda m: f"<{m[1]}h{int(m[2]) - 2}>", html)


def deep_headings_as_one(html):
    """The page has six levels and the answer begins at the third: the last three fall together."""
    return re.sub(r"<(/?)h[56]>", r"<\1h4>", html)


def difference(example):
    """'' where the product agrees, else the reason's name, or 'content' for a reason to be looked up."""
    ours = "".join(render_blocks(example["markdown"]))
    if tokens(ours) == tokens(example["html"]):
        return ""
    if tokens(undressed(ours)) == tokens(deep_headings_as_one(example["html"])):
        return DRESSING
    return "content"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["number"]))
def test_comrak_gives_every_example_exactly_with_extensions_off(example):
    assert to_html(example["markdown"], COMMONMARK) == example["html"]


def test_there_are_652_examples():
    assert [example["number"] for example in EXAMPLES] == list(range(1, 653))


def test_the_list_of_differences_is_exact():
    listed = {
        number: reason for reason, entry in DIFFERENCES.items() for number in entry["examples"]
    }
    assert len(listed) == sum(len(entry["examples"]) for entry in DIFFERENCES.values())
    found = {example["number"]: difference(example) for example in EXAMPLES}
    assert {n for n, kind in found.items() if kind == DRESSING} == set(
        DIFFERENCES[DRESSING]["examples"]
    )
    assert {n for n, kind in found.items() if kind == "content"} == {
        n for n, reason in listed.items() if reason != DRESSING
    }


def test_every_difference_has_a_reason_in_words():
    assert all(len(entry["reason"].split()) > 5 for entry in DIFFERENCES.values())

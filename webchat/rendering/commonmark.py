"""comrak behind one function: Markdown in, the HTML of each top-level block out, not yet safe.

Specifications: CommonMark 0.31.2 and GitHub Flavored Markdown.
"""

import re
from dataclasses import dataclass

from comrak import ExtensionOptions, ParseOptions, RenderOptions, render_markdown

from webchat.rendering.brackets import from_dollars, to_dollars

_EXTENSIONS = (
    "table",
    "strikethrough",
    "tasklist",
    "autolink",
    "footnotes",
    "math_dollars",
    "cjk_friendly_emphasis",
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of comrak's options. `positions` writes each block's lines into the HTML."""

    extensions: tuple[str, ...] = _EXTENSIONS
    raw_html: bool = False
    positions: bool = False

    def options(self) -> tuple[ExtensionOptions, ParseOptions, RenderOptions]:
        """The option objects as comrak wants them."""
        extension, render = ExtensionOptions(), RenderOptions()
        for name in self.extensions:
            setattr(extension, name, True)
        render.escape = not self.raw_html
        render.unsafe_ = self.raw_html
        render.sourcepos = self.positions
        return extension, ParseOptions(), render


PRODUCT = Profile()
PLACED = Profile(positions=True)
COMMONMARK = Profile(extensions=(), raw_html=True)

_OPTIONS = {profile: profile.options() for profile in (PRODUCT, PLACED, COMMONMARK)}


def to_html(text: str, profile: Profile = PRODUCT) -> str:
    """One text (`source.clean` has seen it) as comrak's HTML."""
    if "math_dollars" not in profile.extensions:
        return render_markdown(text, *_OPTIONS[profile])
    return from_dollars(render_markdown(to_dollars(text), *_OPTIONS[profile]))


_OPENING = re.compile(r"<([a-z]+[1-6]?)")
_CONTAINER = re.compile(r"<(/?)(?:ul|ol|blockquote)\b")
_POSITION = re.compile(r' data-sourcepos="(\d+)[^"]*"')


def split(html: str) -> list[str]:
    """The product's HTML cut into its top-level blocks; bare text between two is one of its own.

    Raw HTML is escaped in the product's profile, so every tag in `html` is comrak's and well nested.
    """
    blocks = []
    position = 0
    while position < len(html):
        end = _block_end(html, position)
        block = html[position:end].strip("\n")
        if block:
            blocks.append(block)
        position = end
    return blocks


def _block_end(html: str, start: int) -> int:
    opening = _OPENING.match(html, start)
    if opening is None:
        following = html.find("<", start + 1)
        return len(html) if following < 0 else following
    tag = opening[1]
    if tag == "hr":
        return html.index(">", start) + 1
    if tag not in ("ul", "ol", "blockquote"):
        closing = f"</{tag}>"
        return html.index(closing, start) + len(closing)
    depth = 0
    for container in _CONTAINER.finditer(html, start):
        depth += -1 if container[1] else 1
        if depth == 0:
            return html.index(">", container.end()) + 1
    return len(html)


def blocks(text: str) -> list[str]:
    """The HTML of each top-level block of one text."""
    return split(to_html(text))


def placed_blocks(text: str) -> list[tuple[str, int]]:
    """The same with the number (from 1) of each block's first line; 0 where comrak tells none."""
    found = []
    for block in split(to_html(text, PLACED)):
        position = _POSITION.search(block) if block[0] == "<" else None
        found.append((_POSITION.sub("", block), int(position[1]) if position else 0))
    return found

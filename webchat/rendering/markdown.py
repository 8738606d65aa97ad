"""Markdown to safe HTML. The only place of the product that declares HTML safe.

A text's HTML is a function of the text, its sources and `RENDERER_VERSION`, and of nothing else: no
clock, no cache and no order of events shows in it. So it may be stored and compared.
"""

import re
from collections.abc import Iterable, Sequence

from django.utils.safestring import SafeString, mark_safe

from webchat.rendering import code, commonmark, maths
from webchat.rendering.citations import SourceLink, link
from webchat.rendering.guard import too_costly
from webchat.rendering.sanitise import sanitise
from webchat.rendering.source import clean, escape

RENDERER_VERSION = 2

# What one text may spend on colours (characters of code) and formulas (see maths.size). Blocks are
# served in order; one that asks for more than is left goes without.
CODE_ALLOWANCE = 120_000
MATHS_ALLOWANCE = 30_000

_MAX_URL = 2_000  # nh3's work on one address grows faster than the address


def render_blocks(text: str, sources: Sequence[SourceLink] = (), key: str = "") -> list[str]:
    """The sanitised HTML of each top-level block of `text`, the footnotes last.

    `sources` are linked from marks like `[1]`; `key` leads the ids of footnotes and must be unique
    on the page (a message's id). Above 20 kB call it in a thread: colours and formulas take up to
    about 0.2 s of Python, though no single step holds the interpreter for long.
    """
    return [link(html, sources) for html in clean_blocks(clean(text), key)]


def render(text: str, sources: Sequence[SourceLink] = (), key: str = "") -> SafeString:
    """The whole text as one piece of safe HTML, each block in `<div class="block">`."""
    return join(render_blocks(text, sources, key))


def join(blocks: Iterable[str]) -> SafeString:
    """Blocks of `render_blocks` or of a `StreamRenderer`, and nothing else, as safe HTML."""
    return mark_safe("".join(f'<div class="block">{html}</div>' for html in blocks))


def stored(html: str) -> SafeString:
    """What `render` made and the database kept, as safe HTML again."""
    return mark_safe(html)


def clean_blocks(text: str, key: str) -> list[str]:
    """`render_blocks` without sources, of a text that `source.clean` has seen."""
    if too_costly(text):
        return [plain(text)]
    purse = Purse()
    return [purse.dress(raw, key) for raw in commonmark.blocks(text)]


def plain(text: str) -> str:
    """A text that is not rendered, as one block that keeps its line breaks."""
    return f'<p class="raw">{escape(text)}</p>'


class Purse:
    """What a text has left for colours and formulas, spent block by block in order."""

    def __init__(self, code_left: int = CODE_ALLOWANCE, maths_left: int = MATHS_ALLOWANCE) -> None:
        self.code = code_left
        self.maths = maths_left

    def spend(self, raw: str) -> tuple[bool, bool]:
        """Whether the next block of comrak's HTML is coloured, and has its formulas converted."""
        wanted_code, wanted_maths = code.size(raw), maths.size(raw)
        coloured, converted = wanted_code <= self.code, wanted_maths <= self.maths
        self.code -= wanted_code if coloured else 0
        self.maths -= wanted_maths if converted else 0
        return coloured, converted

    def dress(self, raw: str, key: str) -> str:
        """The next block, finished."""
        coloured, converted = self.spend(raw)
        return dress(raw, key, coloured, converted)


def dress(
    raw: str, key: str, coloured: bool = True, converted: bool = True, growing: bool = False
) -> str:
    """One block of comrak's HTML, finished and sanitised. `growing`: more text may follow it."""
    if raw[0] != "<":
        raw = f'<p class="raw">{raw}</p>'
    html = maths.dress(raw, converted)
    html = code.dress(html, coloured, growing)
    return sanitise(_reshaped(html), key)


_HEADING = re.compile(r"<(/?)h([1-6])>")
_BREAK = re.compile(r"(<code\b.*?</code>)|&lt;br ?/?&gt;", re.S | re.I)
_TASK = re.compile(r'<input type="checkbox"( checked="")?')
_LONG_URL = re.compile(rf' (?:href|src)="[^"]{{{_MAX_URL},}}"')
_IMAGE = re.compile(
    r'(<a\b[^>]*>)|(</a>)|<img(?: src="([^"]*)")?(?: alt="([^"]*)")?(?: title="([^"]*)")? />'
)


def _reshaped(html: str) -> str:
    """comrak's HTML as the page wants it, still before the allow-list."""
    if "<h" in html:
        # The page's own headings are the site (h1) and the message (h2): an answer's lie below them.
        html = _HEADING.sub(lambda match: f"<{match[1]}h{min(int(match[2]) + 2, 6)}>", html)
    if "&lt;br" in html or "&lt;BR" in html:
        html = _BREAK.sub(lambda match: match[1] or "<br>", html)
    if "<table>" in html:
        html = html.replace("<table>", '<div class="table" tabindex="0"><table>')
        html = html.replace("</table>", "</table></div>")
    if "<input" in html:
        html = _TASK.sub(lambda match: f'{match[0]} aria-label="{"☑" if match[1] else "☐"}"', html)
    if "<img" in html:
        html = _without_images(html)
    return _LONG_URL.sub("", html) if len(html) > _MAX_URL else html


def _without_images(html: str) -> str:
    """An image is a link to it with its description; within a link, the description alone."""
    linked = False

    def rebuilt(match: re.Match[str]) -> str:
        nonlocal linked
        if match[1] or match[2]:
            linked = bool(match[1])
            return match[0]
        address, words, title = match[3] or "", match[4] or "", match[5]
        if linked or not address:
            return words or address
        hint = f' title="{title}"' if title else ""
        return f'<a class="image" href="{address}"{hint}>{words or address}</a>'

    return _IMAGE.sub(rebuilt, html)

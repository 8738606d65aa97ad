"""Formulas as MathML, made on the server, so that a page loads neither script nor font for them.

latex2mathml escapes nothing and lets attributes through: its output is safe only behind `sanitise`.
What it cannot convert is shown as its source.
"""

import re
from functools import lru_cache

from latex2mathml.converter import convert

from webchat.rendering.source import escape, unescape

MAX_FORMULA = 2_000  # characters
MAX_NESTING = 40  # braces, \left and environments within one another
_OVERHEAD = 12  # an empty formula costs about as much as this many characters

_FORMULA = re.compile(
    r'<span data-math-style="(inline|display)">([^<]*)</span>'
    r'|<pre><code class="language-math" data-math-style="(display)">([^<]*)</code></pre>'
)
# Definitions recurse without end; the rest writes attributes or reads numbers that nobody needs.
_REFUSED = re.compile(r"\\(?:(?:re)?newcommand|def|href|style|class|unicode|char)\b")
_NESTS = re.compile(r"\\.|[{}]", re.S)
_OPENS = re.compile(r"\\(?:left|begin)\b|(?:\\[a-zA-Z]+\s*){20}")
_LESS = "\ufdd0"  # no source has it: see source.clean
_WORDS = re.compile(r"\\(?:text\w*|mbox|hbox)\s*\{[^{}]*\}")


def size(html: str) -> int:
    """What the formulas of one block cost, in characters of an average formula."""
    if "data-math-style" not in html:
        return 0
    return sum(len(match[2] or match[4] or "") + _OVERHEAD for match in _FORMULA.finditer(html))


def dress(html: str, converted: bool) -> str:
    """comrak's HTML with each formula as MathML, or as its source where that is not to be."""
    if "data-math-style" not in html:
        return html

    def rebuilt(match: re.Match[str]) -> str:
        source = unescape(match[2] if match[1] else match[4])
        display = "block" if (match[1] or match[3]) == "display" else "inline"
        return (converted and _mathml(source, display)) or _source(source, display)

    return _FORMULA.sub(rebuilt, html)


def _source(formula: str, display: str) -> str:
    dollars = "$$" if display == "block" else "$"
    return f'<code class="formula">{escape(dollars + formula + dollars)}</code>'


@lru_cache(maxsize=2048)
def _mathml(formula: str, display: str) -> str:
    """MathML, or nothing where the formula is too large, too deep or not understood."""
    if len(formula) > MAX_FORMULA or _REFUSED.search(formula) or _nesting(formula) > MAX_NESTING:
        return ""
    # The converter writes the inside of \text as it stands, so `<` goes through as a mark.
    marked = _WORDS.sub(lambda match: match[0].replace("<", _LESS), formula)
    try:
        return convert(marked, display=display).replace(_LESS, "&lt;")
    except Exception:
        # The converter knows no common error: bad input ends in IndexError, KeyError and others.
        return ""


def _nesting(formula: str) -> int:
    """The deepest level of anything that the converter answers by calling itself."""
    deepest = depth = 0
    for token in _NESTS.finditer(formula):
        depth += (token[0] == "{") - (token[0] == "}")
        deepest = max(deepest, depth)
    return deepest + len(_OPENS.findall(formula))

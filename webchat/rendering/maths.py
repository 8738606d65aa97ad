"""Formulas as MathML, made on the server, so that a page loads neither script nor font for them.

latex2mathml escapes nothing and lets attributes through: its output is safe only behind `sanitise`.
What it cannot convert is shown as its source.
"""

import re
from functools import lru_cache

from latex2mathml.converter import convert
from latex2mathml.symbols_parser import convert_symbol

from webchat.rendering.latex import as_lines, in_known_words
from webchat.rendering.source import escape, unescape

MAX_FORMULA = 2_000  # characters
MAX_NESTING = 40  # braces, \left and environments within one another
_OVERHEAD = 12  # an empty formula costs about as much as this many characters

_FORMULA = re.compile(
    r'<span data-math-style="(inline|display)">([^<]*)</span>'
    r'|<pre><code class="language-math" data-math-style="(display)">([^<]*)</code></pre>'
)
# Definitions recurse without end; the rest writes attributes or reads numbers that nobody needs.
_REFUSED = re.compile(
    r"\\(?:(?:re)?new(?:command|environment)|def|href|style|class|unicode|char)(?![a-zA-Z])"
)
_NESTS = re.compile(r"\\.|[{}]", re.S)
_OPENS = re.compile(r"\\(?:left|begin)(?![a-zA-Z])|(?:\\[a-zA-Z]+\s*){20}")
_LESS = "\ufdd0"  # no source has it: see source.clean
_WORDS = re.compile(r"\\(?:text\w*|mbox|hbox)\s*\{[^{}]*\}")
_SIGN = re.compile(r"\\([%&$#_])")
_SIGNS = {"%": "&#37;", "&": "&amp;", "$": "&#36;", "#": "#", "_": "_"}
# The converter prints what it does not understand: a command, or a mark between columns of no table.
_PRINTED = re.compile(r"<m[io]\b[^<>]*>(?:\\|&<)")
# The bracket of a `\big` is printed as well, though it is known.
_BRACKET = re.compile(r"(<mo\b[^<>]*>)(\\[^<>&]+)(?=</mo>)")
# `$HOME/bin:$PATH`: a name in capitals begins it, and another begins where it would end.
_VARIABLE = re.compile(r"(?:[A-Z][A-Z0-9_]+|\{[A-Z][A-Z0-9_]+\})[/:.@-]")
_VARIABLE_AFTER = re.compile(r"[A-Z{]")


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
        if display == "inline" and _is_between_variables(source, html, match.end()):
            return escape(f"${source}$")
        return (converted and _mathml(source, display)) or _source(source, display)

    return _FORMULA.sub(rebuilt, html)


def _is_between_variables(source: str, html: str, end: int) -> bool:
    """Whether the dollars are those of two variables of a shell."""
    return bool(_VARIABLE.match(source) and _VARIABLE_AFTER.match(html, end))


def _source(formula: str, display: str) -> str:
    dollars = "$$" if display == "block" else "$"
    return f'<code class="formula">{escape(dollars + formula + dollars)}</code>'


@lru_cache(maxsize=2048)
def _mathml(formula: str, display: str) -> str:
    """MathML, or nothing where the formula is too large, too deep or not understood."""
    if len(formula) > MAX_FORMULA or _REFUSED.search(formula):
        return ""
    known = in_known_words(formula)
    if not known or _nesting(known) > MAX_NESTING:
        return ""
    try:
        html = _converted(_WORDS.sub(_readable, known), display)
    except Exception:
        # The converter knows no common error: bad input ends in IndexError, KeyError and others.
        return ""
    return "" if _PRINTED.search(html) else html.replace(_LESS, "&lt;")


def _converted(formula: str, display: str) -> str:
    html = _BRACKET.sub(_bracket, convert(formula, display=display))
    in_lines = display == "block" and 'linebreak="newline"' in html and r"\begin" not in formula
    if not in_lines or _PRINTED.search(html):
        return html
    return _BRACKET.sub(_bracket, convert(as_lines(formula), display=display))


def _bracket(printed: re.Match[str]) -> str:
    symbol = convert_symbol(printed[2])
    return f"{printed[1]}&#x{symbol};" if symbol else printed[0]


def _readable(words: re.Match[str]) -> str:
    r"""The inside of \text as the converter writes it: as it stands, with `<` as a mark."""
    return _SIGN.sub(lambda sign: _SIGNS[sign[1]], words[0]).replace("<", _LESS)


def _nesting(formula: str) -> int:
    """The deepest level of anything that the converter answers by calling itself."""
    deepest = depth = 0
    for token in _NESTS.finditer(formula):
        depth += (token[0] == "{") - (token[0] == "}")
        deepest = max(deepest, depth)
    return deepest + len(_OPENS.findall(formula))

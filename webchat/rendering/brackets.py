r"""Maths between `\( \)` and `\[ \]`, handed to comrak as its own `$` maths.

comrak's own option for these (`math_latex`) is quadratic, so one linear pass rewrites the pairs before
comrak, and a mark beside each dollar tells afterwards which ones to turn back: inside code, or where
comrak saw no formula, the text comes out as if the pass had never run.
"""

import re

_MARK = "\ufdd0"  # stands inside the dollars of `\\( \\)`
_WIDE = "\ufdd1"  # and of `\\[ \\]`
_STOP = "\ufdd2"  # stands after the last dollar: comrak takes no closing dollar before a digit
_TOKEN = re.compile(r"\\[()\[\]]|\\.|\$|\n[ \t]*\n", re.S)
_CLOSERS = {r"\(": r"\)", r"\[": r"\]"}
_FORMULA = re.compile(
    f'(<span data-math-style="(?:inline|display)"[^>]*>)([{_MARK}{_WIDE}])([^<{_MARK}{_WIDE}]*)\\2</span>'
    f"{_STOP}"
)
_CODE = re.compile(r"(<code\b[^>]*>.*?</code>)", re.S)
_LEFTOVERS = {
    f"$${_WIDE}": r"\[",
    f"{_WIDE}$${_STOP}": r"\]",
    f"${_MARK}": r"\(",
    f"{_MARK}${_STOP}": r"\)",
}
_LEFTOVER = re.compile("|".join(re.escape(mark) for mark in _LEFTOVERS))
_IN_URL = {"%EF%B7%90": _MARK, "%EF%B7%91": _WIDE, "%EF%B7%92": _STOP}
_MARKS = re.compile(f"[{_MARK}{_WIDE}{_STOP}]")


def to_dollars(text: str) -> str:
    r"""Markdown in, the same out with each pair of `\( \)` or `\[ \]` as marked `$` maths."""
    if "\\(" not in text and "\\[" not in text:
        return text
    pieces: list[str] = []
    done = 0
    for start, end, display in _pairs(text):
        dollars, mark = ("$$", _WIDE) if display else ("$", _MARK)
        body = text[start + 2 : end - 2]
        pieces += (text[done:start], dollars, mark, body, mark, dollars, _STOP)
        done = end
    return "".join((*pieces, text[done:]))


def _pairs(text: str) -> list[tuple[int, int, bool]]:
    """(start, end, display) of each pair: the innermost, on no two paragraphs, around no dollar."""
    found = []
    opened: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        kind = token[0]
        if kind in _CLOSERS:
            # A dollar just before would make one run with ours.
            opened = token if text[token.start() - 1 : token.start()] != "$" else None
        elif opened and kind == _CLOSERS[opened[0]]:
            # `\[text\](` is somebody showing how a link is written.
            if token.start() > opened.end() and text[token.end() : token.end() + 1] != "(":
                found.append((opened.start(), token.end(), kind == r"\]"))
            opened = None
        elif kind == "$" or kind[0] == "\n":
            opened = None
    return found


def from_dollars(html: str) -> str:
    """comrak's HTML in, out without any mark: formulas stay, all other brackets are text again."""
    for quoted, mark in _IN_URL.items():
        if quoted in html:
            html = html.replace(quoted, mark)
    if not _MARKS.search(html):
        return html
    html = _FORMULA.sub(r"\1\3</span>", html)
    parts = _CODE.split(html)
    for index, part in enumerate(parts):
        in_code = index % 2
        parts[index] = _LEFTOVER.sub(
            lambda match, cut=1 - in_code: _LEFTOVERS[match[0]][cut:],
            part,
        )
    return _MARKS.sub("", "".join(parts))

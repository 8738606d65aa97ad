"""LaTeX in the words that latex2mathml knows.

What it does not know it prints, marks between columns and all, and drops the line breaks. So
environments that it lacks become ones that look like them, and any other is not for it.
"""

import re

_TOKEN = re.compile(
    r"\\(?:"
    r"(?P<mark>begin|end)\s*\{(?P<name>[a-zA-Z]+\*?)\}(?P<place>\s*\[[tbc]\])?(?P<pairs>\s*\{\s*\d+\s*\})?"
    r"|label\s*\{[^{}]*\}"
    r"|(?P<operator>operatorname\*?\s*\{[^{}]*\})"
    r"|(?P<command>[a-zA-Z]+)"
    r"|(?P<line>\\)(?:[ \t]*\[\s*-?\d*\.?\d+\s*(?:in|mm|cm|pt|em|ex|pc|bp|dd|cc|sp|mu)\s*\])?"
    r"|.)",
    re.S,
)
_THIN_SPACE = re.compile(r"\\[,;:! ]")
_COLUMNS = re.compile(r"\s*\{[lcr|\s]*\}")

_KNOWN = {
    "align", "align*", "array", "Bmatrix", "Vmatrix", "bmatrix", "cases", "displaymath", "equation",
    "equation*", "math", "matrix", "matrix*", "pmatrix", "smallmatrix", "split", "vmatrix",
}  # fmt: skip


def _as(name: str, columns: str = "") -> tuple[str, str]:
    return rf"\begin{{{name}}}{columns}", rf"\end{{{name}}}"


# What stands for the beginning and the end. `align*` keeps a space between two pairs of columns.
_INSTEAD = {
    **dict.fromkeys(("aligned", "flalign", "flalign*"), _as("align*")),
    **dict.fromkeys(("alignat", "alignat*", "alignedat"), _as("split")),
    **dict.fromkeys(("eqnarray", "eqnarray*"), _as("eqalign", "{rcl}")),
    **dict.fromkeys(
        ("gather", "gather*", "gathered", "multline", "multline*", "multlined"),
        _as("displaylines"),
    ),
    "dcases": _as("cases"),
    **dict.fromkeys(("rcases", "drcases"), (r"\left.\begin{array}{ll}", r"\end{array}\right\}")),
    "subarray": _as("array"),
    # Known as well, but converted without their brackets.
    **{f"{kind}matrix*": _as(f"{kind}matrix") for kind in "pbBvV"},
}
_WITH_PAIRS = {"alignat", "alignat*", "alignedat"}
_WITH_COLUMNS = {"array", "subarray"}

_COMMANDS = {
    "allowbreak": "",
    "arg": r"\operatorname{arg}",
    "colonequals": r"\coloneqq",
    "csch": r"\operatorname{csch}",
    "dag": r"\dagger",
    "ddag": r"\ddagger",
    "relax": "",
    "sech": r"\operatorname{sech}",
    "vcentcolon": ":",
}
_NUMBERS = {"nonumber", "notag"}


def in_known_words(formula: str) -> str:
    """The formula for the converter; nothing where it has an environment that cannot be shown."""
    numbered = r"\begin{align}" in formula  # the one that numbers its lines, unless told not to
    pieces: list[str] = []
    done = 0
    for token in _TOKEN.finditer(formula):
        written = _environment(token, formula) if token["mark"] else _command(token, numbered)
        if written is None:
            return ""
        pieces += (formula[done : token.start()], written)
        done = token.end()
    return "".join((*pieces, formula[done:]))


def as_lines(formula: str) -> str:
    """A formula of several lines, each in the middle, as a table: no browser breaks one by itself."""
    opening, closing = _as("displaylines")
    return f"{opening}{formula}{closing}"


def _environment(token: re.Match[str], formula: str) -> str | None:
    name, pairs = token["name"], token["pairs"] or ""
    if name not in _KNOWN and name not in _INSTEAD:
        return None
    opening, closing = _INSTEAD.get(name) or _as(name)
    if token["mark"] == "end":
        return f"{closing}{token['place'] or ''}{pairs}"
    if name in _WITH_COLUMNS and not _COLUMNS.match(formula, token.end()):
        return None  # the converter would print what it does not understand of them
    return opening if name in _WITH_PAIRS else f"{opening}{pairs}"


def _command(token: re.Match[str], numbered: bool) -> str:
    name = token["command"]
    if token["operator"]:
        return _THIN_SPACE.sub(
            " ", token[0]
        )  # `arg\\,max`; the converter takes letters alone there
    if name is None:
        # A line's own distance to the next is not for a page, nor is a name for other formulas.
        return r"\\" if token["line"] else "" if token[0].startswith(r"\label") else token[0]
    if name in _NUMBERS:
        return token[0] if numbered else ""
    return _COMMANDS.get(name, token[0])

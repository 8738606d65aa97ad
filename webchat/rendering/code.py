"""Colours for finished code blocks: Pygments' tokens as short classes, and nothing else.

Only languages of the list below are coloured: each was run over hostile texts of the largest size
allowed (benchmarks/rendering.py), because one regular expression that backtracks would hold the
whole process (Pygments' C#, Java, Groovy and make take seconds to minutes over 8 kB: they borrow another
language's lexer). Everything else is shown plain.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

from webchat.rendering.source import escape, unescape

MAX_BLOCK = 20_000  # characters of HTML in one code block that is coloured
MAX_LINE = 600  # a longer line is data, and lexers are slow on it

LANGUAGES = frozenset({
    "bash", "c", "cpp", "css", "dart", "diff", "django", "docker", "elixir",
    "erlang", "fsharp", "go", "graphql", "haskell", "html", "ini",
    "javascript", "json", "jsx", "julia", "kotlin", "latex", "lua", "matlab",
    "nginx", "objective-c", "perl", "php", "powershell", "protobuf",
    "python", "python3", "r", "ruby", "rust", "scala", "scss", "sql", "swift",
    "toml", "tsx", "typescript", "vb.net", "vim", "xml", "yaml", "zig",
})  # fmt: skip
_ALIASES = {
    "c++": "cpp", "c#": "typescript", "csharp": "typescript", "cs": "typescript", "java": "typescript",
    "groovy": "typescript", "makefile": "bash", "dockerfile": "docker", "console": "bash",
    "golang": "go", "hs": "haskell", "htm": "html", "js": "javascript", "mjs": "javascript",
    "kt": "kotlin", "make": "bash", "objc": "objective-c", "patch": "diff",
    "pl": "perl", "postgresql": "sql", "ps1": "powershell", "py": "python", "rb": "ruby",
    "rs": "rust", "sh": "bash", "shell": "bash", "svg": "xml", "tex": "latex", "ts": "typescript",
    "yml": "yaml", "zsh": "bash", "jsonc": "json", "proto": "protobuf",
}  # fmt: skip

_BLOCK = re.compile(
    r'<pre><code(?: class="language-([^"]*)")?(?: data-math-style="display")?>(.*?)</code></pre>',
    re.S,
)
_NAME = re.compile(r"[A-Za-z0-9_+#.-]{1,40}")
_LONG_LINE = re.compile(rf"[^\n]{{{MAX_LINE + 1}}}")


def size(html: str) -> int:
    """Characters of code that `dress` could colour in one block of comrak's HTML."""
    if "<pre>" not in html:
        return 0
    return sum(
        match.end(2) - match.start(2)
        for match in _BLOCK.finditer(html)
        if match[1] and _language(match[1]) and match.end(2) - match.start(2) <= MAX_BLOCK
    )


def dress(html: str, coloured: bool, open_end: bool) -> str:
    """Every code block of comrak's HTML rebuilt with its language's label and, if asked, colours.

    `open_end`: the text goes on growing, so a code block at the very end stays plain.
    """
    if "<pre>" not in html:
        return html
    last = html.rfind("</code></pre>") + len("</code></pre>")
    growing = last if open_end and _only_closes(html[last:]) else -1

    def rebuilt(match: re.Match[str]) -> str:
        return block(match[1] or "", match[2], coloured and match.end() != growing)

    return _BLOCK.sub(rebuilt, html)


def _only_closes(html: str) -> bool:
    return re.fullmatch(r"(?:\s|</[a-z]+>)*", html) is not None


def block(info: str, body: str, coloured: bool) -> str:
    """One code block: the fence's first word, the escaped code, whether to colour it."""
    opening = head(info)
    language = _language(info)
    if coloured and language and len(body) <= MAX_BLOCK and not _LONG_LINE.search(body):
        body = _coloured(body, language)
    return f"{opening}{body}</code></pre>"


def head(info: str) -> str:
    """The tags before the code. A name that is not one word of ASCII is no language."""
    name = _NAME.fullmatch(unescape(info))
    if name is None:
        return '<pre tabindex="0"><code>'
    label = name[0].lower()
    return f'<pre tabindex="0" data-language="{label}"><code class="language-{label}">'


def _language(info: str) -> str:
    name = info.lower()
    name = _ALIASES.get(name, name)
    return name if name in LANGUAGES else ""


@lru_cache(maxsize=128)
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


@lru_cache(maxsize=64)
def _coloured(body: str, language: str) -> str:
    return "".join(_spans(unescape(body), _lexer(language)))


def _spans(code: str, lexer: Lexer) -> Iterator[str]:
    """Neighbours of one class share one span; white space needs none."""
    name, text = "", ""
    for kind, value in lexer.get_tokens(code):
        token = _class(kind)
        if token == name or value.isspace():
            text += value
            continue
        yield _span(name, text)
        name, text = token, value
    yield _span(name, text)


def _span(name: str, text: str) -> str:
    if not name or not text:
        return escape(text)
    return f'<span class="{name}">{escape(text)}</span>'


@lru_cache(maxsize=512)
def _class(kind: _TokenType) -> str:
    ancestor: _TokenType | None = kind
    while ancestor is not None and ancestor not in STANDARD_TYPES:
        ancestor = ancestor.parent
    name = STANDARD_TYPES[ancestor] if ancestor is not None else ""
    return "" if name in ("n", "w", "p") else name

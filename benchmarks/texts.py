"""Answers as models write them: prose, code, tables and formulas that do not repeat themselves.

The words are those of Python's own documentation and the code is that of its standard library, so
nothing has to be stored here and everything compresses as real text does.
"""

import ast
import random
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from pydoc_data import topics

CORPUS_CHARS = 450_000
CODE_MODULES = (
    "argparse",
    "csv",
    "difflib",
    "fractions",
    "inspect",
    "ipaddress",
    "pathlib",
    "zipfile",
)
CODE_CHARS = range(250, 900)
PROSE_CHARS = range(150, 700)
FORMULAS = (
    r"\int_{{0}}^{{{a}}} x^{{{b}}} \, dx = \frac{{{a}^{{{c}}}}}{{{c}}}",
    r"\sum_{{k=1}}^{{n}} k^{{{b}}} \le n^{{{c}}} + {a}",
    r"\sqrt{{{a} x^2 + {b} x}} = {c}",
    r"\begin{{pmatrix}} {a} & {b} \\ {c} & 1 \end{{pmatrix}} v = \lambda v",
    r"P(A \mid B_{{{a}}}) = \frac{{P(B_{{{a}}} \mid A)\, P(A)}}{{P(B_{{{a}}})}}",
)


@cache
def prose() -> list[str]:
    """Paragraphs, each once."""
    found: dict[str, None] = {}
    for text in topics.topics.values():
        for part in text.split("\n\n"):
            line = " ".join(part.split())
            if part[:1].isalpha() and len(line) in PROSE_CHARS and "|" not in line:
                found[line] = None
    return list(found)


@cache
def code() -> list[str]:
    """Functions of the standard library, each once."""
    found: dict[str, None] = {}
    folder = Path(ast.__file__).parent
    for name in CODE_MODULES:
        source = (folder / f"{name}.py").read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                text = ast.unparse(node)
                if len(text) in CODE_CHARS and "```" not in text:
                    found[text] = None
    return list(found)


def table(chance: random.Random) -> str:
    words = chance.choice(prose()).split()
    rows = [
        f"| {words[row]} | {chance.randrange(1000)} | {chance.random():.3f} | {words[-row - 1]} |"
        for row in range(chance.randrange(4, 8))
    ]
    return "\n".join(["| name | count | share | remark |", "|---|--:|--:|---|", *rows])


def maths(chance: random.Random) -> str:
    a, b = chance.randrange(2, 99), chance.randrange(2, 9)
    formula = chance.choice(FORMULAS).format(a=a, b=b, c=b + 1)
    return f"It follows for $x_{{{a}}} > {b}$ that\n\n$$\n{formula}\n$$"


def bullets(chance: random.Random) -> str:
    sentences = [part for part in chance.choice(prose()).split(". ") if part]
    return "\n".join(f"- **{part.split()[0]}** {part}" for part in sentences if part.split())


def heading(paragraph: str) -> str:
    return "## " + " ".join(paragraph.split()[:5]).rstrip(".,:;")


def sections(seed: int) -> Iterator[str]:
    """Sections without end; the first of each kind come before any comes again."""
    chance = random.Random(seed)
    paragraphs, functions = list(prose()), list(code())
    chance.shuffle(paragraphs)
    chance.shuffle(functions)
    words, programs = cycle(paragraphs), cycle(functions)
    for turn in cycle(range(4)):
        first = next(words)
        yield f"{heading(first)}\n\n{first}\n\n{next(words)}"
        if turn in (0, 2):
            yield f"```python\n{next(programs)}\n```"
        if turn == 1:
            yield table(chance)
        if turn == 3:
            yield f"{bullets(chance)}\n\n{maths(chance)}"


@cache
def corpus() -> tuple[str, tuple[int, ...]]:
    """One long text, and the offsets at which its sections begin."""
    parts, starts, length = [], [], 0
    for section in sections(seed=1):
        starts.append(length)
        parts.append(section + "\n\n")
        length += len(parts[-1])
        if length > CORPUS_CHARS:
            break
    return "".join(parts), tuple(starts)


def answer(number: int, chars: int) -> str:
    """The answer called `number`: `chars` characters from the beginning of a section on."""
    text, starts = corpus()
    start = starts[(number * 7919) % len(starts)]
    found = text[start : start + chars]
    while len(found) < chars:
        found += text[: chars - len(found)]
    return found


def page_answers() -> list[str]:
    """The sample page: ten answers of about 2 kB, code in five, one table, one formula."""
    chance = random.Random(2)
    words, programs = iter(prose()), iter(code()[::3])
    return [_page_answer(number, chance, words, programs) for number in range(10)]


def _page_answer(
    number: int, chance: random.Random, words: Iterator[str], programs: Iterator[str]
) -> str:
    first = next(words)
    parts = [first, heading(first)]
    if number % 2 == 0:
        parts.append(f"```python\n{next(programs)}\n```")
    if number == 3:
        parts.append(table(chance))
    if number == 7:
        parts.append(maths(chance))
    while sum(map(len, parts)) < 1800:
        parts.append(next(words))
    return "\n\n".join(parts)

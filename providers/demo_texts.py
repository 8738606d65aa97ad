"""What the demonstration says: short passages of Markdown, put together by the request."""

import textwrap

from providers.response import Source

SOURCES = (
    Source("https://spec.commonmark.org/0.31.2/", "CommonMark specification, version 0.31.2"),
    Source("https://www.w3.org/TR/mathml-core/", "MathML Core, W3C"),
    Source("https://www.w3.org/TR/png-3/", "Portable Network Graphics, third edition, W3C"),
)

CODE = '''\
```python
from collections.abc import Iterator


def fibonacci(limit: int) -> Iterator[int]:
    """Every Fibonacci number below `limit`."""
    current, following = 0, 1
    while current < limit:
        yield current
        current, following = following, current + following


print(*fibonacci(100))  # 0 1 1 2 3 5 8 13 21 34 55 89
```
'''

MATHS = r"""
Euler's identity $e^{i\pi} + 1 = 0$ fits into a line. The normal distribution takes a line of its own:

$$
\int_{-\infty}^{\infty} \frac{1}{\sigma\sqrt{2\pi}}\, e^{-\frac{(x-\mu)^2}{2\sigma^2}}\, dx = 1
$$
"""

TABLE = """\
| Planet | Day, in hours | Year, in days | Moons |
|:-------|--------------:|--------------:|------:|
| Venus  |         2 802 |         224.7 |     0 |
| Earth  |            24 |         365.2 |     1 |
| Mars   |          24.7 |         687.0 |     2 |
| Saturn |          10.7 |        10 747 |   274 |
"""

LIST = """\
1. **Warm the pot** with a little boiling water.
2. **One spoon of leaves** a cup, and *none* for the pot.
3. **Wait four minutes.** This is the difficult part:
   - do not stir,
   - do not look,
   - do not ask a language model whether it is ready.
- [x] water
- [x] leaves
- [ ] patience
"""

STYLES = (
    "Words can be **strong**, *gentle*, ~~withdrawn~~ or `exact`, and a link such as "
    "<https://spec.commonmark.org/> stays a link."
)

REQUESTS = """\
| You write | What comes |
|:----------|:-----------|
| `500 words` | an answer of that length |
| `slowly`, `fast`, `50 tokens per second` | another pace |
| `code`, `maths`, `a table`, `a list` | just that |
| `draw a picture` | a landscape, never the same for two sentences |
| `think first` | a train of thought |
| `sources` | marks in the text and cards below it |
| `error: rate limit`, `error: timeout`, `cut off` | things going wrong, on purpose |
"""

_PROSE = """
A river does not hurry. It begins as a damp place under the grass that no map shows, and for a \
while nobody would call it anything at all. Then a second thread of water joins the first, and \
the two of them agree on a direction, which is all that a river really is. Stones turn in it for \
centuries until they are round enough to be kept in a pocket. Trees lean over to see themselves, \
and the water shows them a version that is never quite still. Further down somebody builds a \
bridge, and from then on there is a here and a there. A mill follows, then a market, then an \
argument about fishing that is still not settled. In spring the water remembers the mountains and \
comes through the lower gardens to talk about them. In August it is so thin that children can \
walk from one bank to the other and feel like explorers. Herons stand in it as if they had been \
ordered and not yet collected. At night it carries the lights of the town away one by one, and \
every morning they are all back. Near the end it grows broad and slow and tastes faintly of salt. \
It has been many things by then, and it has kept none of them. The sea takes it without a word, \
and somewhere under the grass, far up, it is already beginning again.
"""


def quoted(text: str, limit: int = 280) -> str:
    """What the person wrote as a quotation of at most `limit` characters."""
    short = text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
    return textwrap.indent(short.strip(), "> ", lambda line: True)


def prose(words: int, start: int = 0) -> str:
    """Exactly this many words in paragraphs, beginning with sentence number `start`."""
    sentences = [sentence + "." for sentence in _PROSE.strip().rstrip(".").split(". ")]
    paragraphs: list[list[str]] = [[]]
    count = 0
    while count < words:
        sentence = sentences[start % len(sentences)].split()[: words - count]
        paragraphs[-1].append(" ".join(sentence))
        count += len(sentence)
        start += 1
        if len(paragraphs[-1]) == 5:
            paragraphs.append([])
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs if paragraph) + "\n"

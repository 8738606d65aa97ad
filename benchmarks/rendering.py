"""How long rendering takes: `python -m benchmarks.rendering`. CPU time of one thread, milliseconds.

A chat answer of 20 kB whole and streamed, then hostile texts of 200 kB: whole (which the product does
in a thread), the longest single update while one streams (which it does in the event loop), and how
late the event loop was at worst while the whole was rendered in a thread. That last figure is of the wall
clock and suffers from whatever else the machine does; `parse` is the CPU time comrak holds the interpreter.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator

from webchat.rendering import code, maths
from webchat.rendering.commonmark import to_html
from webchat.rendering.guard import too_costly
from webchat.rendering.markdown import render_blocks
from webchat.rendering.source import clean
from webchat.rendering.stream import StreamRenderer

LENGTH = 200_000
TOKEN = 4  # characters

CODE = '''
def quicksort(values: list[int]) -> list[int]:
    """Return a sorted copy."""
    if len(values) <= 1:
        return values
    pivot, *rest = values
    left = [value for value in rest if value < pivot]
    return quicksort(left) + [pivot] + quicksort([value for value in rest if value >= pivot])

print(quicksort([3, 1, {n}]))
'''

SECTION = """## Part {n}: how it works

The **quick sort** picks a *pivot* and partitions list {n} into two halves, then sorts each of them. See
[the article](https://example.org/a/{n}), and `list.sort()` for what Python does. On average this takes
$O(n \\log n)$ comparisons; in the worst case it is $O(n^2)$, as was shown in {n} steps.

1. **Choose** a pivot of list {n}
2. **Partition** the rest into two groups
   - values smaller than the pivot
   - values that are *at least* as large
3. **Recurse** into both, and join the results

```python{code}```

| Case | Time | Space |
|:-----|-----:|------:|
| best {n} | 1 | 2 |
| worst | 3 | 4 |

$$\\sum_{{i=0}}^{{n}} i = \\frac{{n(n+{n})}}{{2}}$$

> The choice of the pivot matters: a bad one degrades to the worst case, number {n}.

"""


def answer(length: int) -> str:
    """A text like those that models write, in which no part repeats another exactly."""
    sections = (SECTION.format(n=n, code=CODE.replace("{n}", str(n))) for n in itertools.count())
    text = ""
    while len(text) < length:
        text += next(sections)
    return text[:length]


REPEATED = (
    "<!-- ", ">", "> ", "- ", "[", "![", "]", "[a](", "*a ", "*a_ ", "**x", "_a ", "a**b", "a**b_c ",
    "`a``b", "<", "<a ", "<![CDATA[", "<?", "<!A ", "&", "$a ", "$$", "~a ", "[^1]", "|", "http://a.",
    "www.a", "a@", "a@a.", "a:", "http://a((", "\n", "- a\n", "* ", "1. a\n", "a\n=\n", "<div>\n", "<a>",
    "```\n", "~~~\n\n", "*", "\\", '[a]("', "[a](<b", "&#x", "# a\n", "[a][", "[[a]", "[a]", "a\n\n",
    "**中文**", "\t", "- [ ] a\n", "<<a", "*_", "***a", "\\(", "\\(a\\)", "\\[\n", "\\($", "`<br>`", "<br>",
    "![a](http://b)", "[![a](http://b)](c)", "[1] ", "|a|b|\n|-|-|\n|c|d|\n\n", "---\n", "[aaaa\n",
    "[^aaaa\n", "- a\n\n", "- **a** `b` [c](http://d)\n", "😀 ", "a\u0301", "\0", "\ud800", "> ```\n> a\n",
    "    a\n", "\r", "|-", "|-|-|-|\n", "> |a|b|c|\n> |-|-|-|\n> |d|\n", "&#x41;", "> " * 30 + "a\n",
    "- " * 30 + "a\n", "|a" * 100 + "\n" + "|-" * 100 + "\n|\n|\n\n", "```python\nx = 1\n```\n",
)  # fmt: skip


def hostile() -> Iterator[tuple[str, str]]:
    """(name, text) of what has cost parsers dearly."""
    for piece in REPEATED:
        yield repr(piece)[:24], (piece * (LENGTH // len(piece) + 1))[:LENGTH]
    yield "many formulas", "".join(f"$a_{{{n}}}$\n" for n in range(LENGTH // 10))[:LENGTH]
    yield "code coloured", "".join(f"```python\n{CODE * 60}{n}\n```\n" for n in range(7))[:LENGTH]
    yield "definitions", "".join(f"[{n}]: /u\n\n[{n}]\n\n" for n in range(LENGTH // 20))
    yield "reference bomb", "[a]: " + "u" * (LENGTH // 2) + "\n\n" + "[a]" * (LENGTH // 6)
    yield "footnotes", "".join(f"[^{n}]: a\n\n" for n in range(LENGTH // 12))
    yield "one address", "http://a/" + "b" * LENGTH
    yield "nested lists", "".join("  " * n + "- a\n" for n in range(440))
    yield "brackets nested", "[a](" + "(" * (LENGTH // 2) + ")" * (LENGTH // 2 - 5)
    yield "wide table", "|a" * (LENGTH // 8) + "\n" + "|-" * (LENGTH // 8) + "\n" + "a\n" * 50_000


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of this thread's CPU time."""
    started = time.thread_time()
    work()
    return (time.thread_time() - started) * 1000


def forget() -> None:
    """Nothing coloured or converted before counts."""
    code._coloured.cache_clear()
    maths._mathml.cache_clear()


def stream(text: str, step: int, every: int = 1) -> float:
    """The longest update of a stream in steps of so many characters, rendered every so many steps."""
    renderer, seen, longest = StreamRenderer("k"), 0, 0.0
    for turn, start in enumerate(range(0, len(text), step)):
        renderer.append(text[start : start + step])
        if turn % every == 0:
            renderer.render()
            longest = max(longest, renderer.cost)
            renderer.patch_since(seen)
            seen = renderer.step
    renderer.finish()
    return longest * 1000


def paced(text: str) -> float:
    """The longest update while 100 kB a second arrive and updates keep their distance."""
    renderer, longest, next_at = StreamRenderer("k"), 0.0, 0.0
    for turn, start in enumerate(range(0, len(text), 2_000)):
        renderer.append(text[start : start + 2_000])
        if turn * 0.02 >= next_at:
            renderer.render()
            longest = max(longest, renderer.cost)
            next_at = turn * 0.02 + max(0.05, 10 * renderer.cost)
    return longest * 1000


def parsing(text: str) -> float:
    """How long comrak has the interpreter to itself."""
    text = clean(text)
    return 0.0 if too_costly(text) else timed(lambda: to_html(text))


async def lateness(text: str) -> float:
    """How late the event loop was at worst, in milliseconds, while a thread rendered `text`."""
    task = asyncio.create_task(asyncio.to_thread(render_blocks, text))
    worst = 0.0
    while not task.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        worst = max(worst, time.perf_counter() - before - 0.001)
    return worst * 1000


def main() -> None:
    """Print it all."""
    text = answer(20_000)
    render_blocks(text)
    forget()
    print(f"20 kB whole, nothing known:        {timed(lambda: render_blocks(text)):8.2f} ms")
    print(f"20 kB whole, again:                {timed(lambda: render_blocks(text)):8.2f} ms")
    forget()
    print(f"20 kB streamed in 128 characters:  {timed(lambda: stream(text, 128)):8.2f} ms")
    for every in (1, 5, 10):
        forget()
        total = timed(lambda every=every: stream(text, TOKEN, every))
        print(f"a token, rendered every {every:2} tokens:  {total / (len(text) / TOKEN):8.4f} ms")
    print(f"\n{'hostile, 200 kB':26} {'whole':>8} {'parse':>8} {'update':>8} {'loop late':>10}")
    rows = []
    for name, bad in hostile():
        forget()
        update = paced(bad)
        forget()
        whole = timed(lambda bad=bad: render_blocks(bad))
        forget()
        late = asyncio.run(lateness(bad))
        rows.append((parsing(bad), name, whole, update, late))
    for parse, name, whole, update, late in sorted(rows, reverse=True)[:15]:
        print(f"{name:26} {whole:8.1f} {parse:8.1f} {update:8.1f} {late:10.1f}")
    print(f"longest whole:  {max(row[2] for row in rows):.1f} ms")
    print(f"longest update: {max(row[3] for row in rows):.1f} ms")
    print(f"loop at latest: {max(row[4] for row in rows):.1f} ms")


if __name__ == "__main__":
    main()

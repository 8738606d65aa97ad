from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.webchat.rendering.checks import faults
from tests.webchat.rendering.followers import Follower, cut, texts
from webchat.rendering import commonmark
from webchat.rendering.markdown import render_blocks
from webchat.rendering.stream import StreamRenderer


@dataclass(frozen=True)
class Link:
    url: str
    title: str = ""


SOURCES = [Link("https://one.example/?a=1&b=2", 'A "title"'), Link("javascript:alert(1)")]
sizes = st.lists(st.integers(1, 9), min_size=1, max_size=5)


def streamed(pieces, followers=(), key="k"):
    renderer = StreamRenderer(key)
    for piece in pieces:
        renderer.append(piece)
        renderer.render()
        for follower in followers:
            follower.see(renderer)
    return renderer


@settings(max_examples=400, deadline=None)
@given(texts, sizes)
@example("text\n| a |\n|---|--", [1])
@example("> q\n#x", [1])
@example("[^1[a]: http://x\n**~~d~", [2])
@example("```\n$$\\(a\\)", [3])
@example("a\r\nb\r", [1])
def test_patches_in_order_give_the_whole_text_rendered_however_it_was_cut(text, cuts):
    followers = [Follower(every) for every in (1, 2, 5, 1000)]
    renderer = StreamRenderer("k")
    for piece in cut(text, cuts):
        renderer.append(piece)
        renderer.render()
        for follower in followers:
            follower.see(renderer)
        assert followers[0].blocks == renderer.blocks
    renderer.finish()
    for follower in followers:
        follower.catch_up(renderer)
        assert follower.blocks == renderer.blocks
    assert renderer.blocks == render_blocks(text, key="k")


@settings(max_examples=150, deadline=None)
@given(texts, sizes)
def test_every_state_on_the_way_is_sanitised(text, cuts):
    renderer = StreamRenderer("k")
    for piece in cut(text, cuts):
        renderer.append(piece)
        renderer.render()
        for html in renderer.blocks:
            assert faults(html) == []


@settings(max_examples=100, deadline=None)
@given(texts, sizes, st.integers(0, 20))
def test_sources_that_come_at_any_time_give_the_same_as_sources_known_before(text, cuts, when):
    renderer = StreamRenderer("k")
    follower = Follower()
    for turn, piece in enumerate(cut(text, cuts)):
        if turn == when:
            renderer.set_sources(SOURCES)
        renderer.append(piece)
        renderer.render()
        follower.see(renderer)
    renderer.set_sources(SOURCES)
    renderer.finish()
    follower.catch_up(renderer)
    assert follower.blocks == render_blocks(text, SOURCES, key="k")


ANSWER = """# Title

A paragraph with **bold** text[1] and $x^2$.

- one
- two
  ```python
  x = 1
  ```

```python
def f():
    return "&<>"
```

| a | b |
|---|---|
| 1 | 😀 |

The end.
"""


def test_a_sealed_block_never_changes_in_an_answer_without_definitions():
    renderer, seen = StreamRenderer(), []
    for character in ANSWER:
        before = renderer.step
        renderer.append(character)
        renderer.render()
        changed = [number for number, _, _ in renderer.patch_since(before).blocks]
        seen.append((len(renderer.blocks), changed))
    for count, changed in seen:
        assert all(number >= count - 2 for number in changed)


def test_a_growing_line_of_code_sends_only_what_is_new():
    renderer = streamed(["intro\n\n", "```python\n", "x = 1\n"])
    before = renderer.step
    renderer.append('y = "<&>"')
    renderer.render()
    ((number, offset, tail),) = renderer.patch_since(before).blocks
    assert (number, tail) == (1, 'y = "&lt;&amp;&gt;"</code></pre>')
    assert offset == len(
        '<pre tabindex="0" data-language="python"><code class="language-python">x = 1\n'
    )


def test_an_open_fence_is_plain_and_coloured_as_soon_as_it_closes():
    renderer = streamed(["```python\n", "return 1\n", "``"])
    assert "<span" not in renderer.blocks[0]
    assert "``" not in renderer.blocks[0]
    renderer.append("`\n")
    renderer.render()
    assert '<span class="k">return' in renderer.blocks[0]


def test_an_open_fence_is_never_given_to_the_parser_again(monkeypatch):
    read = []
    parse = commonmark.placed_blocks
    monkeypatch.setattr(commonmark, "placed_blocks", lambda text: read.append(text) or parse(text))
    streamed(["```python\n", *["x = 1\n"] * 500])
    assert sum(map(len, read)) < 200


def test_the_parser_reads_an_answer_only_a_few_times_over(monkeypatch):
    read = []
    parse = commonmark.placed_blocks
    monkeypatch.setattr(commonmark, "placed_blocks", lambda text: read.append(text) or parse(text))
    text = ANSWER * 40
    streamed(cut(text, [40]))
    assert sum(map(len, read)) < 6 * len(text)


def test_a_definition_changes_sealed_blocks_once_its_line_is_complete():
    renderer = streamed(["See [a].\n\nMore.\n\n", "[a]: https://exam", "ple.org/x"])
    assert renderer.blocks == ["<p>See [a].</p>", "<p>More.</p>"]
    renderer.append("\n")
    renderer.render()
    assert 'href="https://example.org/x"' in renderer.blocks[0]


def test_offsets_are_utf_16_units():
    renderer = streamed(["😀😀 é"])
    before = renderer.step
    renderer.append("!")
    renderer.render()
    assert renderer.patch_since(before).blocks == [(0, len("<p>") + 4 + 2, "!</p>")]


def test_nothing_new_is_no_step():
    renderer = streamed(["text"])
    before = renderer.step
    renderer.render()
    renderer.append("")
    renderer.render()
    assert renderer.step == before
    assert renderer.patch_since(before).blocks == []


def test_a_flood_is_taken_in_over_several_updates():
    renderer = StreamRenderer()
    renderer.append("word " * 10_000)
    renderer.render()
    assert renderer.behind
    updates = 1
    while renderer.behind:
        renderer.render()
        updates += 1
    assert updates < 10
    assert "".join(renderer.blocks).count("word") == 10_000


def test_a_carriage_return_at_the_end_is_not_waited_for():
    renderer = streamed(["a\r"])
    assert not renderer.behind


@pytest.mark.parametrize("text", ["> " * 100 + "x", "|a" * 200 + "\n" + "|-" * 200, "a" * 200_001])
def test_a_text_that_costs_too_much_grows_as_it_was_written(text):
    renderer = streamed(cut(text, [50_000]))
    while renderer.behind:
        renderer.render()
    renderer.finish()
    assert renderer.blocks == render_blocks(text)
    assert renderer.blocks[0].startswith('<p class="raw">')


def test_formulas_and_colours_that_had_to_wait_come_with_the_next_updates():
    code = "".join(f"```python\nx{n} = '{'a' * 500}'\n```\n\n" for n in range(60))
    renderer = StreamRenderer()
    renderer.append(code)
    while renderer.behind:
        renderer.render()
    for _ in range(5):
        renderer.render()
    assert renderer.blocks == render_blocks(code)

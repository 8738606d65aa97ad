import pytest

from webchat.rendering.guard import too_costly
from webchat.rendering.markdown import render_blocks


@pytest.mark.parametrize(
    "text",
    [
        ">" * 100,
        "text\n" + "> " * 100 + "x",
        "- " * 100 + "x",
        "1. " * 50 + "x",
        "> - " * 30 + "x",
        "|a" * 200 + "\n" + "|-" * 200 + "\n",
        "|a" * 100 + "\n" + "|-" * 100 + "\n" + "a\n" * 1000,
        "a\n\n" * 10 + "> |a" * 1 + "|a" * 100 + "\n> " + "|-" * 101 + "\n" + "> a\n" * 1000,
        "[^1]: x\n\n" + "[^1]" * 500,
        "x" * 200_001,
    ],
)
def test_a_text_whose_parts_multiply_is_shown_as_it_is(text):
    assert too_costly(text)
    (block,) = render_blocks(text)
    assert block.startswith('<p class="raw">')


@pytest.mark.parametrize(
    "text",
    [
        "> > > deep enough\n",
        "- a\n  - b\n    - c\n      - d\n",
        "|a|b|c|\n|-|-|-|\n" + "|1|2|3|\n" * 2000,
        "*" * 100 + "\n" + "-" * 200,
        "x[^1] " * 100,
        "---\n" * 500,
        "word " * 30_000,
    ],
)
def test_a_text_that_people_write_is_rendered(text):
    assert not too_costly(text)


def repeated(piece, length):
    return (piece * (length // len(piece) + 1))[:length]


@pytest.mark.parametrize(
    "piece",
    ["<!-- ", ">", "> ", "- ", "[", "![", "[a](", "*a ", "**x", "`a``b", "<", "&", "$a ", "[^1]", "|",
     "|a\n|-\n", "http://a.", "\\(", "\\[\n", "[a][", "# a\n", "a\n\n", "$\\sqrt{", "😀", "~~~\n"],
)  # fmt: skip
def test_the_html_of_a_hostile_text_grows_no_faster_than_the_text(piece):
    small = sum(map(len, render_blocks(repeated(piece, 5_000))))
    large = sum(map(len, render_blocks(repeated(piece, 20_000))))
    assert large < 6 * small + 2_000

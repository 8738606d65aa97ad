"""Text is clean and thinking is told from answer, wherever the fragments are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import Unavailable
from providers.fragments import Fragments, clean, joined
from providers.response import FinishReason, ImageResponse, Reasoning, Source, Sources, Usage

PIECES = st.lists(
    st.sampled_from(
        [
            "<think>",
            "</think>",
            "<th",
            "ink>",
            "</",
            " ",
            "\n",
            "a",
            "<",
            ">",
            "😀",
            "\ud83d",
            "\ude00",
            "\0",
        ]
    )
)


def treat(*values, inside=False):
    fragments = Fragments(inside)
    found = [piece for value in values for piece in fragments.feed(value)]
    return found + list(fragments.flush())


def parts(found):
    """Thoughts and answer, each joined."""
    thoughts = "".join(value.text for value in found if isinstance(value, Reasoning))
    return thoughts, "".join(value for value in found if isinstance(value, str))


@pytest.mark.parametrize("text", ["<think>why</think>so", " \n<think>why</think>so"])
def test_a_tag_that_opens_the_answer_is_split_off_wherever_it_is_cut(text):
    for place in range(len(text) + 1):
        assert parts(treat(text[:place], text[place:])) == ("why", "so")
    assert parts(treat(*text)) == ("why", "so")


@pytest.mark.parametrize(
    "text",
    ["So <think>x</think>", "<thin", "  <", "<thinking>", "a</think>", "", "   ", "`<think>`"],
)
def test_every_other_tag_is_text(text):
    assert parts(treat(*text)) == ("", text)


def test_a_later_tag_after_the_thinking_is_text():
    assert parts(treat("<think>a</think>b<think>c</think>")) == ("a", "b<think>c</think>")


def test_thinking_that_never_closes_is_reasoning_to_the_end():
    assert parts(treat("<think>a</thi")) == ("a</thi", "")


@pytest.mark.parametrize(
    "text", ["why</think>so", "<think>why</think>so", "\n<think>why</think>so"]
)
def test_a_text_that_begins_inside_needs_no_opening_tag(text):
    assert parts(treat(*text, inside=True)) == ("why", "so")


@given(PIECES, st.data())
def test_cuts_never_change_what_is_said(pieces, data):
    text = "".join(pieces)
    inside = data.draw(st.booleans())
    places = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    cuts = [0, *places, len(text)]
    cut = [text[a:b] for a, b in pairwise(cuts)]
    found = treat(*cut, inside=inside)
    assert parts(found) == parts(treat(text, inside=inside))
    assert all(value.text if isinstance(value, Reasoning) else value for value in found)


@given(PIECES)
def test_what_leaves_can_be_encoded_and_holds_no_nul(pieces):
    for part in parts(treat(*pieces)):
        part.encode("utf-8")
        assert "\0" not in part


@given(st.text())
def test_a_text_without_tags_is_only_cleaned(text):
    if "think" not in text:
        assert parts(treat(text)) == ("", text.replace("\0", "\ufffd"))


def test_a_pair_cut_in_two_is_joined_and_half_of_one_replaced():
    assert parts(treat("a\ud83d", "\ude00b")) == ("", "a😀b")
    assert parts(treat("a\ud83d", "b", "\ude00")) == ("", "a\ufffdb\ufffd")
    assert parts(treat(Reasoning("\ud83d"), Reasoning("\ude00"), "\ud83d")) == ("😀", "\ufffd")


def test_values_of_every_kind_are_cleaned():
    dirty = "a\0\ud800"
    assert treat(
        Sources((Source(dirty, dirty),)),
        ImageResponse((dirty, b"\0"), dirty),
        FinishReason(dirty),
        Usage(1),
    ) == [
        Sources((Source(clean(dirty), "a\ufffd\ufffd"),)),
        ImageResponse(("a\ufffd\ufffd", b"\0"), "a\ufffd\ufffd"),
        FinishReason("a\ufffd\ufffd"),
        Usage(1),
    ]


def test_a_long_opening_of_white_space_is_not_held_for_ever():
    fragments = Fragments()
    assert "".join(str(p) for _ in range(50) for p in fragments.feed(" " * 100))


def test_what_came_at_once_is_joined_by_kind_and_only_while_it_is_short():
    sources = Sources((Source("https://a", ""),))
    long = "x" * 5000
    values = ["a", "b", Reasoning("c"), Reasoning("d"), sources, "e", "f", long, "g", "h"]
    assert list(joined(values)) == ["ab", Reasoning("cd"), sources, "ef", long, "gh"]
    assert list(joined([])) == []


def test_an_error_comes_after_what_was_said_before_it():
    def values():
        yield "a"
        yield "b"
        raise Unavailable(detail="over")

    got = []
    with pytest.raises(Unavailable, match="over"):
        for value in joined(values()):
            got.append(value)
    assert got == ["ab"]

"""The part of a text that shows why it was found."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.search.snippet import SNIPPET_LENGTH, Piece, marked, snippet
from webchat.search.terms import terms


def shown(pieces: list[Piece]) -> str:
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("geese", "Wild geese fly", "Wild [geese] fly"),
        ("gee", "Wild geese fly", "Wild [geese] fly"),
        ("zurich", "In Zürich, in Zu\u0308rich", "In [Zürich], in [Zu\u0308rich]"),
        ("strasse", "Hauptstraße, Straße", "Hauptstraße, [Straße]"),
        ("检索", "全文检索好", "全文[检索]好"),
        ("全文检", "全文检索好", "[全文检]索好"),
        ("索", "全文检索好", "全文检[索]好"),
        ("wild fly", "Wild geese fly, wild!", "[Wild] geese [fly], [wild]!"),
        ("case", "snake_case_name", "snake_[case]_name"),
        ("nothing", "Wild geese", "Wild geese"),
        ("b", "<b>&", "<[b]>&"),
    ],
)
def test_words_are_marked_as_they_stand_there(query: str, text: str, expected: str) -> None:
    assert shown(marked(text, terms(query))) == expected


def test_a_snippet_begins_a_little_before_the_first_word() -> None:
    text = "filler words " * 100 + "the needle is here " + "more hay " * 100
    found = shown(snippet(text, terms("needle")))

    assert found.startswith("… ")
    assert "the [needle] is here" in found
    assert found.endswith(" …")


def test_a_snippet_shows_the_place_that_has_most_of_the_words() -> None:
    text = "tea " + "and so on " * 100 + "coffee or tea in the morning " + "and so on " * 100

    assert "[coffee] or [tea]" in shown(snippet(text, terms("tea coffee ")))


def test_a_snippet_is_one_line_without_markup() -> None:
    text = "## Heading\n\nSome **bold** `code`\n\n- a *list*\n> quoted"

    assert shown(snippet(text, terms("code"))) == "Heading Some bold [code] a list quoted"


@given(st.text(max_size=600), st.text(max_size=20))
def test_a_snippet_is_bounded_and_made_of_the_text(text: str, query: str) -> None:
    pieces = snippet(text, terms(query))

    assert sum(len(piece.text) for piece in pieces) <= SNIPPET_LENGTH + 4
    assert "".join(piece.text for piece in marked(text, terms(query))) == text


def test_a_long_text_does_not_take_long() -> None:
    texts = ["needle " * 3000, "x" * 20_000, "全文" * 10_000, "e\u0301" * 10_000, "a " * 10_000]
    started = time.process_time()
    for text in texts:
        snippet(text, terms("needle 全文检索 e xx"))

    assert time.process_time() - started < 1

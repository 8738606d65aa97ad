"""Texts with the words that were asked for marked: pieces for a template, which escapes them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from webchat.search.terms import Term
from webchat.search.words import WORD_LENGTH, WRITTEN, folded, stretches

SNIPPET_LENGTH = 180  # characters: three lines of a phone
BEFORE = 40  # characters of these before the first marked word
MARKS_MAX = 100  # places that are looked at to choose the best
ELLIPSIS = "…"
_MARKUP = re.compile(r"\*+|__|~~|`+|^\s*(?:#{1,6}|[->|]+)\s", re.MULTILINE)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, marked or not."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text has a term, and which one."""

    start: int
    end: int
    term: Term


def marked(text: str, terms: Sequence[Term]) -> list[Piece]:
    """The whole text, its words marked; for titles."""
    return list(_pieces(text, places(text, terms), 0, len(text)))


def snippet(text: str, terms: Sequence[Term]) -> list[Piece]:
    """The part of a text that has most of the terms, on one line and without its markup."""
    found = list(islice(places(text, terms), MARKS_MAX))
    start = _from(text, _best(found))
    end = _until(text, start + SNIPPET_LENGTH)
    inside = [place for place in found if place.start >= start and place.end <= end]
    pieces = [
        Piece(_SPACE.sub(" ", _MARKUP.sub("", piece.text)), piece.marked)
        for piece in _pieces(text, inside, start, end)
    ]
    opening = [Piece(f"{ELLIPSIS} ")] if start else []
    closing = [Piece(f" {ELLIPSIS}")] if end < len(text.rstrip()) else []
    return [*opening, *pieces, *closing]


def places(text: str, terms: Sequence[Term]) -> Iterator[Place]:
    """Where the text has these terms, from its beginning on; no two overlap."""
    for word in WRITTEN.finditer(text):
        yield from _in_word(word[0], word.start(), terms)


def _in_word(word: str, start: int, terms: Sequence[Term]) -> Iterator[Place]:
    """A word is marked as a whole, but of a script without spaces only what was asked for."""
    plain = folded(word)
    exact = len(plain) == len(word)  # else nobody knows what became of which character
    for stretch in stretches(plain):
        first = stretch.end - len(stretch.text)
        for begin, end, term in _in_stretch(stretch.text, stretch.unspaced, terms):
            if not exact:
                yield Place(start, start + len(word), term)
                return
            yield Place(start + first + begin, start + first + end, term)


def _in_stretch(
    text: str, unspaced: bool, terms: Sequence[Term]
) -> Iterator[tuple[int, int, Term]]:
    if not unspaced:
        fitting = next((term for term in terms if term.fits(text[:WORD_LENGTH])), None)
        if fitting:
            yield 0, len(text), fitting
        return
    at = 0
    while found := _first(text, at, terms):
        start, term = found
        at = _end_of_pairs(text, start + len(term.text), terms)
        yield start, at, term


def _first(text: str, at: int, terms: Sequence[Term]) -> tuple[int, Term] | None:
    """The first place of any term from `at` on."""
    found = [(text.find(term.text, at), term) for term in terms]
    return min((one for one in found if one[0] >= 0), key=lambda one: one[0], default=None)


def _end_of_pairs(text: str, end: int, terms: Sequence[Term]) -> int:
    """Overlapping pairs are one word to whoever asked for it."""
    wanted = {term.text for term in terms}
    while text[end - 1 : end + 1] in wanted and end < len(text):
        end += 1
    return end


def _best(found: Sequence[Place]) -> int:
    """Where the snippet should begin to have the most terms in it, the first such place."""
    best, most = 0, 0
    for number, place in enumerate(found):
        near = {
            other.term
            for other in found[number:]
            if other.end <= place.start - BEFORE + SNIPPET_LENGTH
        }
        if len(near) > most:
            best, most = place.start, len(near)
    return best


def _from(text: str, first: int) -> int:
    """A little before `first`, between two words where there is a space."""
    start = max(0, first - BEFORE)
    if start == 0:
        return 0
    space = _SPACE.search(text, start, first)
    return space.end() if space else start


def _until(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", end - BEFORE, end)
    return space if space > 0 else end


def _pieces(
    text: str, found: Iterator[Place] | Sequence[Place], start: int, end: int
) -> Iterator[Piece]:
    at = start
    for place in found:
        if place.start > at:
            yield Piece(text[at : place.start])
        yield Piece(text[place.start : place.end], marked=True)
        at = place.end
    if at < end:
        yield Piece(text[at:end])

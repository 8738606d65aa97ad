"""What a query asks for."""

from collections.abc import Iterator
from dataclasses import dataclass

from webchat.search.words import WORD_LENGTH, folded, pairs, stretches

QUERY_LENGTH = 200  # characters; of a longer query the beginning counts
TERMS_MAX = 24  # words; each is one more list that the database reads


@dataclass(frozen=True, slots=True)
class Term:
    """A word that a text must have, or with `is_prefix` the beginning of one."""

    text: str
    is_prefix: bool = False

    def fits(self, word: str) -> bool:
        return word.startswith(self.text) if self.is_prefix else word == self.text


def terms(query: str) -> tuple[Term, ...]:
    """The words of a query, all of which are wanted; none where it has none.

    Whoever is still typing a word wants what it may become, so the last one is a prefix. A space,
    or any sign, behind it says that it is whole. No sign means anything else.
    """
    text = folded(query[:QUERY_LENGTH])
    found = dict.fromkeys(_terms(text, len(text)))
    return tuple(found)[:TERMS_MAX]


def _terms(text: str, end: int) -> Iterator[Term]:
    for stretch in stretches(text):
        if not stretch.unspaced:
            yield Term(stretch.text[:WORD_LENGTH], is_prefix=stretch.end == end)
        elif len(stretch.text) == 1:
            yield Term(stretch.text, is_prefix=True)
        else:
            yield from map(Term, pairs(stretch.text))

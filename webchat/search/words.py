"""The words of a text, the same for what is searched and for what is asked.

Words are runs of letters, digits and the marks that belong to them, without case and without
diacritics. Scripts that put no spaces between words (Chinese, Japanese, Thai …), and Korean, whose
words carry their grammar with them, are cut into overlapping pairs of characters.

Whoever changes what words a text has also adds a migration that puts every message and
conversation into `search_queue`: what is indexed and what is asked must agree.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

WORD_LENGTH = 48  # characters; of a longer word (an address, a key, data) the beginning counts
WORDS_BYTES = 512 * 1024  # of one text; PostgreSQL takes 1 MiB, and a book is below this

# Accents, vowel points of Hebrew and Arabic, variation selectors; and what nobody sees.
_DIACRITICS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\u00ad\u200c\u200d\u2060\ufeff"
)
# Vowel signs and the like, without which a word of these scripts would be another one. Python's
# \w does not know them.
_MARKS = (
    "\u0711-\u07f3\u08e3-\u0963\u0981-\u09e3\u09fe-\u0a75\u0a81-\u0ae3\u0afa-\u0b63\u0b82-\u0bd7"
    "\u0c00-\u0c63\u0c81-\u0c83\u0cbc-\u0d4d\u0d57-\u0d63\u0d81-\u0df3\u0e31-\u0e3a\u0e47-\u0e4e"
    "\u0eb1-\u0ecd\u0f71-\u0f84\u0f86-\u0fbc\u102b-\u103e\u1056-\u109d\u135d-\u135f\u1752-\u17d3"
    "\u17dd\u180b-\u180d\u1a55-\u1a7f\u1b00-\u1b44\u1b80-\u1bf3\u302a-\u302f\u3099\u309a"
)
# Thai and Lao, Burmese, Khmer; kana, Chinese characters, Korean.
_UNSPACED = (
    "\u0e01-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1050-\u109d\u1780-\u17d3"
    "\u1100-\u11ff\u3005-\u3007\u3041-\u309f\u30a1-\u30ff\u3105-\u318e\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uf900-\ufaff\U0001b000-\U0001b16f"
    "\U00020000-\U0003ffff"
)
# Letters with a stroke and the like: people without them on the keyboard type what they resemble.
_ALIKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}
)

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(rf"[\w{_MARKS}]+")
_DIACRITIC = re.compile(f"[{_DIACRITICS}]+")
_UNSPACED_SOMEWHERE = re.compile(f"[{_UNSPACED}]")
_STRETCH = re.compile(f"([{_UNSPACED}]+)|[^{_UNSPACED}]+")
WRITTEN = re.compile(rf"(?:[^\W_]|[{_DIACRITICS}{_MARKS}])+")
"""A word as it stands in a text, before anything is folded."""


def folded(text: str) -> str:
    """The text without case, diacritics, widths and ligatures."""
    if text.isascii():
        return text.lower()
    text = _DIACRITIC.sub("", unicodedata.normalize("NFKD", text))
    text = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", _DIACRITIC.sub("", text).translate(_ALIKE))


def words(text: str) -> list[str]:
    """The different words of a text, in the order they first come, as far as WORDS_BYTES go."""
    text = folded(text)
    if text.isascii():
        found = dict.fromkeys(word[:WORD_LENGTH] for word in _ASCII_WORD.findall(text))
    elif not _UNSPACED_SOMEWHERE.search(text):
        found = dict.fromkeys(word[:WORD_LENGTH] for word in _WORD.findall(text.replace("_", " ")))
    else:
        found = dict.fromkeys(word for one in stretches(text) for word in _words_of(one))
    if len(text) * 9 <= WORDS_BYTES:  # each character in two pairs of four bytes, and a space
        return list(found)
    return list(_as_far_as(WORDS_BYTES, found))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters of one kind without a gap; `end` is where they end in the folded text."""

    text: str
    unspaced: bool
    end: int


def stretches(text: str) -> Iterator[Stretch]:
    """The stretches of a folded text, in order."""
    for found in _WORD.finditer(text.replace("_", " ")):
        if found[0].isascii():
            yield Stretch(found[0], False, found.end())
            continue
        for part in _STRETCH.finditer(found[0]):
            yield Stretch(part[0], part[1] is not None, found.start() + part.end())


def pairs(text: str) -> list[str]:
    """A stretch of an unspaced script in overlapping pairs: three of four characters."""
    return [text[start : start + 2] for start in range(len(text) - 1)]


def _words_of(stretch: Stretch) -> list[str]:
    """The last character alone is a word too, so that the beginning of a word finds it."""
    if stretch.unspaced:
        return [*pairs(stretch.text), stretch.text[-1]]
    return [stretch.text[:WORD_LENGTH]]


def _as_far_as(limit: int, found: dict[str, None]) -> Iterator[str]:
    for word in found:
        limit -= len(word.encode()) + 1
        if limit < 0:
            return
        yield word

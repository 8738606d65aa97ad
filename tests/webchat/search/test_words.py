"""What is indexed and what is asked agree, whatever people write."""

import random
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webchat.search.terms import QUERY_LENGTH, TERMS_MAX, Term, terms
from webchat.search.words import WORD_LENGTH, WORDS_BYTES, WRITTEN, folded, words

LETTERS = (
    "abcXYZ019éÜßøŁﬁçñİı_-'’.,!? \n\t"
    "абвЁйЯ ґї αβγΣς ώ שָׁלוֹם مُحَمَّد पानी हिन्दी দুই தமிழ் ไทยภาษา ລາວ မြန်မာ ខ្មែរ"
    "我喜欢中文测试全文检索 東京ラーメンがぎ ｶﾞﾃﾞ 한국어학교 ①½ﷺ\u00ad\u200d\ufe0f😀👩🏽‍💻\u0301\u0308"
)
mixed = st.text(alphabet=sorted(set(LETTERS)), max_size=80)


def finds(query: str, text: str) -> bool:
    """Whether an index of words would find the text."""
    wanted, there = terms(query), words(text)
    return bool(wanted) and all(any(term.fits(word) for word in there) for term in wanted)


def written(text: str) -> list[str]:
    """The words of a text as they stand there, without those that are signs only."""
    return [word for word in WRITTEN.findall(text) if words(word)]


@given(mixed)
@example("ｶﾞｷﾞ")
@example("Straße und STRASSE")
def test_every_word_of_a_text_finds_it_as_it_stands_there(text: str) -> None:
    assert [word for word in written(text) if not finds(f"{word} ", text)] == []


@given(mixed, st.data())
def test_every_beginning_of_a_word_finds_the_text(text: str, data: st.DataObject) -> None:
    text = unicodedata.normalize("NFKC", text)  # where a character is cut in two, it is another one
    if not (found := written(text)):
        return
    word = data.draw(st.sampled_from(found))
    beginning = word[: data.draw(st.integers(1, len(word)))]

    assert not terms(beginning) or finds(beginning, text)


@given(mixed, st.data())
def test_words_of_a_text_in_any_order_find_it(text: str, data: st.DataObject) -> None:
    if not (found := written(text)):
        return
    some = data.draw(st.lists(st.sampled_from(found), min_size=1, max_size=6))

    assert finds(" ".join(some) + " ", text)


@given(mixed)
def test_case_and_form_make_no_difference(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert words(unicodedata.normalize(form, text)) == words(text)
    assert words(text.casefold()) == words(text)


@given(st.text(max_size=200))
def test_no_text_breaks_anything(text: str) -> None:
    for word in [*words(text), *(term.text for term in terms(text))]:
        assert 0 < len(word) <= WORD_LENGTH
        assert not any(sign in word for sign in "\"'\\@*:&|!() \0")


@given(st.text())
def test_folding_once_is_enough(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Zürich", "zurich"),
        ("cafe\u0301", "Café"),
        ("naïve", "naive"),
        ("Łódź", "lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("Straße", "STRASSE "),
        ("ＦＵＬＬｗｉｄｔｈ", "fullwidth"),
        ("ﬁnd", "find"),
        ("Ёлка", "елка"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("snake_case_name", "case"),
        ("snake_case_name", "snake_case"),
        ("don't", "don't"),
        ("soft\u00adhyphen", "softhyphen"),
        ("हिन्दी दुनिया।", "दुनिया"),
        ("全文检索", "检索"),
        ("全文检索", "文检"),
        ("全文检索", "索"),
        ("全文检索", "全文检索"),
        ("ラーメンが好き", "ラーメン"),
        ("학교에서", "학교"),
        ("ภาษาไทย", "ไทย"),
        ("iPhone手机壳", "手机"),
        ("iPhone手机壳", "iphone手"),
        ("photosynthesis", "photo"),
        ("version 3.14", "3.14"),
    ],
)
def test_people_find_what_they_mean(text: str, query: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("catalogue", "cat "),  # the space says that the word is whole
        ("catalogue", '"cat"'),
        ("catalogue", "log"),
        ("catalogue dog", "cat dog"),  # only the last word may go on
        ("全文", "文全"),
        ("中 文", "中文"),
        ("hindi", "हिन्दी"),
        ("paani", "पन"),
        ("पानी", "पन"),
    ],
)
def test_and_nothing_else(text: str, query: str) -> None:
    assert not finds(query, text)


def test_only_the_last_word_is_a_prefix_and_only_while_it_is_typed() -> None:
    assert terms("Wild gee") == (Term("wild"), Term("gee", is_prefix=True))
    assert terms("wild geese ") == (Term("wild"), Term("geese"))
    assert terms("wild geese!") == (Term("wild"), Term("geese"))


@pytest.mark.parametrize("query", ["", " ", "…", "\0", '""', "***", "🦆", "\ud800", "_"])
def test_what_has_no_word_asks_for_nothing(query: str) -> None:
    assert not terms(query)


def test_a_query_is_bounded() -> None:
    assert terms("a1 " * 100_000) == (Term("a1"), Term("a1", is_prefix=True))  # cut in a word
    assert len(terms(" ".join(f"w{number}" for number in range(QUERY_LENGTH)))) == TERMS_MAX


def test_of_a_long_word_the_beginning_counts() -> None:
    word = "x" * 100_000

    assert words(word) == ["x" * WORD_LENGTH]
    assert finds(word, f"before {word} behind")


def test_of_a_huge_text_the_words_of_its_beginning_count() -> None:
    chance = random.Random(1)
    huge = "".join(chr(0x4E00 + chance.randrange(20_000)) for _ in range(200_000))
    found = words(f"first {huge}")

    assert found[0] == "first"
    assert WORDS_BYTES / 2 < sum(len(word.encode()) + 1 for word in found) <= WORDS_BYTES

from dataclasses import dataclass

import pytest
from django.utils.safestring import SafeString
from hypothesis import given, settings

from tests.webchat.rendering.followers import texts
from webchat.rendering import brackets, code
from webchat.rendering.commonmark import blocks, placed_blocks
from webchat.rendering.markdown import render, render_blocks


@dataclass(frozen=True)
class Link:
    url: str
    title: str = ""


def html_of(text, sources=(), key=""):
    return "".join(render_blocks(text, sources, key))


def test_the_whole_text_is_safe_for_a_template():
    assert isinstance(render("a"), SafeString)
    assert render("a\n\nb") == '<div class="block"><p>a</p></div><div class="block"><p>b</p></div>'


def test_an_empty_text_has_no_blocks():
    assert render_blocks("") == []
    assert render_blocks(" \n\n") == []


@settings(max_examples=300, deadline=None)
@given(texts)
def test_source_positions_come_in_and_none_go_out(text):
    assert [raw for raw, _ in placed_blocks(text.encode("utf-8", "replace").decode())] == blocks(
        text.encode("utf-8", "replace").decode()
    )
    assert "sourcepos" not in html_of(text.replace("sourcepos", ""))


def test_raw_html_is_text_in_a_block_of_its_own_and_a_break_is_a_break():
    assert render_blocks("a\n\n<div>\nx\n</div>\n\nb") == [
        "<p>a</p>",
        '<p class="raw">&lt;div&gt;\nx\n&lt;/div&gt;</p>',
        "<p>b</p>",
    ]
    assert html_of("a<br>b<br/>`<br>`") == "<p>a<br>b<br><code>&lt;br&gt;</code></p>"


def test_headings_lie_below_those_of_the_page():
    assert [html[:4] for html in render_blocks("# a\n## b\n##### c\n###### d")] == [
        "<h3>",
        "<h4>",
        "<h6>",
        "<h6>",
    ]


def test_an_image_is_a_link_and_within_a_link_its_words():
    assert 'class="image" href="http://a.b/c"' in html_of("![alt](http://a.b/c)")
    assert "<img" not in html_of("![alt](http://a.b/c)")
    assert ">alt</a>" in html_of("[![alt](http://a.b/c)](http://d.e)")
    assert html_of("[![alt](http://a.b/c)](http://d.e)").count("<a ") == 1


@pytest.mark.parametrize("address", ["/x", "x", "//a.b", "?x", "javascript:x", "data:x", "tel:1"])
def test_an_address_of_another_kind_leaves_the_words_alone(address):
    assert html_of(f"[words]({address})") == "<p>words</p>"


def test_links_open_elsewhere_and_tell_nothing():
    html = html_of("[a](https://b.c)")
    assert 'target="_blank"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_tasks_cannot_be_ticked():
    html = html_of("- [ ] a\n- [x] b")
    assert html.count('disabled=""') == 2
    assert html.count('checked=""') == 1


def test_tables_and_code_can_be_scrolled_by_keyboard():
    assert '<div class="table" tabindex="0"><table>' in html_of("|a|\n|-|\n|b|")
    assert '<pre tabindex="0"' in html_of("    a")


def test_footnotes_come_last_under_the_key_of_the_message():
    found = render_blocks("a[^1]\n\n[^1]: note\n\nb", key="m7")
    assert found[-1].startswith('<section class="footnotes">')
    assert 'id="m7fn-1"' in found[-1]
    assert 'href="#m7fnref-1"' in found[-1]
    assert "_blank" not in "".join(found)


def test_code_is_coloured_by_classes_and_keeps_every_character():
    source = 'def f():\n    return "<&>"  # é\n'
    html = html_of(f"```Python\n{source}```")
    assert 'data-language="python"' in html
    assert '<span class="k">def' in html
    assert "style=" not in html
    plain = code.unescape("".join(part.split(">", 1)[-1] for part in html.split("<")))
    assert plain == source


@pytest.mark.parametrize("size", [31_000, 60_000])
def test_a_huge_code_block_is_plain(size):
    assert "<span" not in html_of("```python\n" + "x = 1\n" * (size // 6) + "```")


def test_a_line_without_end_is_not_coloured():
    assert "<span" not in html_of("```python\n" + "x+" * 2_000 + "\n```")


def test_every_language_of_the_list_has_a_lexer():
    for language in code.LANGUAGES:
        assert code.block(language, "x = 1\n", True)
    assert set(code._ALIASES.values()) <= code.LANGUAGES


def test_colours_and_formulas_of_one_text_are_limited():
    html = html_of("".join(f"$a_{{{n}}}$\n\n" for n in range(5_000)))
    assert 0 < html.count("<math") < 3_000
    assert html.count('class="formula"') > 1_000


@pytest.mark.parametrize(
    ("text", "display"),
    [("$x^2$", "inline"), ("$$x$$", "block"), (r"\(x\)", "inline"), (r"\[x\]", "block"),
     ("\\[\nx\n\\]", "block"), ("```math\nx\n```", "block"), (r"\(x\)2", "inline"),
     (r"\( x \)", "inline")],
)  # fmt: skip
def test_formulas_are_mathml(text, display):
    assert f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="{display}">' in html_of(text)


@pytest.mark.parametrize(
    "text", ["$5 and $6", r"`\(x\)`", "```\n\\(x\\)\n```", r"\(x", r"\(a `b` \)".replace("\\)", "")]
)
def test_what_is_no_formula_stays_text(text):
    assert "<math" not in html_of(text)


def test_brackets_in_code_and_addresses_are_as_they_were_written():
    assert r"<code>\(x\)</code>" in html_of(r"`\(x\)`")
    assert "\\[x\\]\n" in html_of("```\n\\[x\\]\n```")
    assert 'href="https://a.b/(c)"' in html_of(r"[x](https://a.b/\(c\))")
    assert html_of(r"\(unpaired") == "<p>(unpaired</p>"


@settings(max_examples=300, deadline=None)
@given(texts)
def test_the_marks_around_formulas_never_reach_the_page(text):
    html = html_of(text)
    assert not any(mark in html for mark in "\ufdd0\ufdd1\ufdd2")
    assert "%EF%B7%9" not in html or "%EF%B7%9" in text


def test_pairs_of_brackets_are_found_in_one_pass():
    text = r"\(" * 50_000
    assert brackets.to_dollars(text) == text


@pytest.mark.parametrize("formula", [r"\frac", r"\begin{x}", "x^2^3", "{" * 500, r"\href{a}{b}"])
def test_a_formula_that_cannot_be_converted_is_shown_as_its_source(formula):
    html = html_of(f"${formula}$")
    assert "<math" not in html
    assert f'<code class="formula">${formula}$</code>' in html


def test_words_in_a_formula_keep_their_signs():
    assert "<mtext>a&lt;b</mtext>" in html_of(r"$\text{a<b}$")


SOURCES = [Link("https://one.example", "One & only"), Link("https://two.example")]


def test_marks_are_linked_to_their_sources():
    html = html_of("Yes[1][2].", SOURCES)
    assert html.count('class="mark"') == 2
    assert 'href="https://one.example" title="One &amp; only"' in html


@pytest.mark.parametrize(
    "text",
    ["`[1]`", "```\n[1]\n```", "[a [1] b](https://x.y)", "$[1]$", "[3]", "[0]", "[01]", "[^1]"],
)
def test_marks_in_code_links_and_formulas_or_without_a_source_are_text(text):
    assert 'class="mark"' not in html_of(text, SOURCES)


def test_a_source_that_is_no_web_address_is_not_linked():
    assert "<a" not in html_of("[1]", [Link("javascript:alert(1)")])


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\rb", "\ufdd0", "\r\n\r\n", "\udfff\ud83d"])
def test_no_character_is_too_strange(text):
    html_of(text).encode()

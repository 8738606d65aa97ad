"""Formulas as models write them: shown as they are meant, or as their source."""

import re
import time

import pytest

from webchat.rendering.markdown import render_blocks
from webchat.rendering.maths import MAX_FORMULA, _mathml
from webchat.rendering.stream import StreamRenderer


def html_of(text):
    return "".join(render_blocks(text))


def rows(formula):
    """The text of each cell of each row of the table that a formula became."""
    html = html_of(f"\\[{formula}\\]")
    assert "<math" in html, html
    return [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<mtd[^>]*>(.*?)</mtd>", row)]
        for row in re.findall(r"<mtr>(.*?)</mtr>", html)
    ]


@pytest.mark.parametrize(
    ("formula", "table"),
    [
        (r"\begin{aligned}2x+3&=7\\2x&=4\end{aligned}", [["2x+3", "=7"], ["2x", "=4"]]),
        (r"\begin{aligned}[t]a&=b\\[4pt]c&=d\end{aligned}", [["a", "=b"], ["c", "=d"]]),
        (r"\begin{alignedat}{2}a&=b\\c&=d\end{alignedat}", [["a", "=b"], ["c", "=d"]]),
        (r"\begin{alignedat}[b]{2}a&=b\\c&=d\end{alignedat}", [["a", "=b"], ["c", "=d"]]),
        (r"\begin{alignat*}{1}a&=b\\c&=d\end{alignat*}", [["a", "=b"], ["c", "=d"]]),
        (
            r"\begin{eqnarray}a&=&b\nonumber\\c&=&d\end{eqnarray}",
            [["a", "=", "b"], ["c", "=", "d"]],
        ),
        (r"\begin{gather*}a=b\\c=d\end{gather*}", [["a=b"], ["c=d"]]),
        (r"\begin{gathered}a\\b\end{gathered}", [["a"], ["b"]]),
        (r"\begin{multline}a+b\\+c\end{multline}", [["a+b"], ["+c"]]),
        (r"\begin{dcases}a&b\\c&d\end{dcases}", [["a", "b"], ["c", "d"]]),
        (r"\begin{rcases}a\\b\end{rcases}=c", [["a"], ["b"]]),
        (r"\sum_{\begin{subarray}{l}i\\j\end{subarray}}x", [["i"], ["j"]]),
        (r"\begin{equation}\begin{aligned}a&=b\end{aligned}\end{equation}", [["a", "=b"]]),
        (r"\left\{\begin{aligned}a&=1\\b&=2\end{aligned}\right.", [["a", "=1"], ["b", "=2"]]),
        (r"\begin{cases}a&b\\[2pt]c&d\end{cases}", [["a", "b"], ["c", "d"]]),
        (r"a=b\\c=d", [["a=b"], ["c=d"]]),
    ],
)
def test_lines_and_columns_stay_lines_and_columns(formula, table):
    assert rows(formula) == table


@pytest.mark.parametrize(
    "formula",
    [
        r"\ce{H2O}", r"\eqref{eq:1}", r"\qty{5}{m}", r"a \left\foo b\right.", r"\mathbf{a & b}",
        r"a &= b \\ &= c", r"\begin{tikzpicture}x\end{tikzpicture}", r"x \end{aligned}",
        r"\begin{array}{c@{}c}a&b\end{array}", r"\begin{aligned}a&=b", r"\label{a}",
        r"\newenvironment{math}{\begin{split}a\end{split}}{}\begin{math}\end{math}",
        r"\newcommand2{x}2", r"\def1{x}1",
    ],
)  # fmt: skip
def test_what_would_be_printed_as_it_stands_is_shown_as_source(formula):
    html = html_of(f"\\[{formula}\\]")
    assert "<math" not in html
    assert '<code class="formula">' in html


def test_names_and_numbers_of_lines_are_left_out():
    html = html_of(r"\[\begin{split}a&=b\nonumber\\c&=d\notag\label{eq:1}\end{split} \label{x}\]")
    assert "<math" in html
    assert "nonumber" not in html
    assert "eq:1" not in html
    assert "label" not in html


def test_a_line_that_asks_for_no_number_has_none():
    html = html_of(r"\[\begin{align}a&=b\nonumber\\c&=d\end{align}\]")
    assert html.count("(1)") == 1
    assert "(2)" not in html


def test_a_matrix_with_aligned_columns_keeps_its_brackets():
    html = html_of(r"\[\begin{pmatrix*}[r]-1&2\end{pmatrix*}\]")
    assert "<mo>(</mo>" in html
    assert 'columnalign="right"' in html


def test_a_large_bracket_is_a_bracket():
    html = html_of(r"$\bigl\{\bigl\| x \bigr\|\Bigr\rangle$")
    assert [html.count(sign) for sign in "{‖⟩\\"] == [1, 2, 1, 0]


def test_signs_in_words_need_no_backslash():
    assert "<mtext>50%, R&amp;D, $5, a_b</mtext>" in html_of(
        r"$\text{50\%, R\&D, \$5, a\_b}$"
    ).replace("&nbsp;", " ")


ORDINARY = r"""
x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}
\int_0^\infty e^{-x^2}\,dx=\frac{\sqrt{\pi}}{2}
\lim_{n\to\infty}\left(1+\frac1n\right)^n=e
\nabla\cdot\mathbf{E}=\frac{\rho}{\varepsilon_0}
\hat{H}|\psi\rangle=E|\psi\rangle
\mathbb{E}[X]=\sum_i x_i p_i
P(A\mid B)=\frac{P(B\mid A)P(A)}{P(B)}
\oint_{\partial S}\mathbf{B}\cdot d\boldsymbol{\ell}
\binom{n}{k}=\frac{n!}{k!(n-k)!}
\lfloor x\rfloor\le\lceil x\rceil
\underbrace{a+b}_{c}
\text{softmax}(x_i)=\frac{e^{x_i}}{\sum_j e^{x_j}}
\mathcal{L}=-\sum_i y_i\log\hat y_i
A\xrightarrow{k}B
\boxed{x=2}
\{x\in\mathbb{R}:x>0\}
\frac{d}{dx}\bigg|_{x=0}
\sqrt[3]{8}=2
\left.\frac{df}{dx}\right|_{x=0}
\arg\max_x f(x)
\operatorname*{arg\,max}_x f
a\equiv b\pmod n
\tfrac12\quad\dfrac12
\|v\|=\sqrt{v\cdot v}
\begin{bmatrix}1&0\\0&1\end{bmatrix}
\begin{array}{c|c}a&b\\\hline c&d\end{array}
\begin{cases}x&x>0\\-x&\text{otherwise}\end{cases}
\prod_{i=1}^n i=n!
x_{\text{max}}=5\%
R\&D
\sum\nolimits_i x_i
90^\circ
x \tag{1}
A^\dag A=I
\substack{a\\b}
\cancel{x}
\overset{!}{=}
\implies x\neq y\iff y\ne x
\sech x+\operatorname{sech}x
\color{red}{x}
""".strip().split("\n")


@pytest.mark.parametrize("formula", ORDINARY)
def test_an_ordinary_formula_is_mathml_without_any_latex(formula):
    html = html_of(f"$${formula}$$")
    assert "<math" in html
    assert "\\" not in html


@pytest.mark.parametrize(
    "text", ["PATH=$HOME/bin:$PATH", "${HOME}/bin:${PATH}", "of $USER:$GROUP", "$HOME/$USER_NAME"]
)
def test_variables_of_a_shell_are_no_formula(text):
    assert html_of(text) == f"<p>{text}</p>"


@pytest.mark.parametrize("text", ["the $n$th", "$A$s", "$PV/T$ is", "$AB$", "$k$-NN", "$f(X)$Y"])
def test_a_formula_may_stand_beside_letters(text):
    assert "<math" in html_of(text)


@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize(
    "text",
    [
        "So\n\n\\[\n\\begin{aligned}[t]a&=b\\\\[2pt]&=c\\label{x}\n\\end{aligned}\n\\]\n\nand $x$.",
        "Set PATH=$HOME/bin:$PATH and $HOME/x:$y.",
        "$$\na\\\\b\n$$\n\n\\[\\begin{foo}x\\end{foo}\\]",
    ],
)
def test_a_formula_that_grows_ends_as_the_whole_one(text, size):
    renderer = StreamRenderer("m")
    for start in range(0, len(text), size):
        renderer.append(text[start : start + size])
        renderer.render()
    renderer.finish()
    assert renderer.blocks == render_blocks(text, key="m")


@pytest.mark.parametrize(
    "piece",
    [
        r"\begin{aligned}", r"\end{rcases}", r"\begin{rcases}", "\\label{", r"\begin{ ", "\\\\[",
        r"\operatorname{", "\\\\ [ 1", r"\begin{array}{", r"\bigl\{", "a\\\\",
        r"\newenvironment{a}{\begin{b}\end{b}\begin{b}\end{b}}{}",
    ],
)  # fmt: skip
def test_a_hostile_formula_is_soon_done_with(piece):
    formula = (piece * MAX_FORMULA)[:MAX_FORMULA]
    began = time.process_time()
    _mathml(formula, "block")
    assert time.process_time() - began < 1

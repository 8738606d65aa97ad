"""The last word on every piece of HTML: nh3 with the product's allow-lists.

Raw HTML never gets this far as markup, so nothing here relies on what comrak, Pygments and
latex2mathml are believed to write; it says what may be on the page at all.
"""

import re

from nh3 import Cleaner

_PROSE = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h3", "h4", "h5", "h6", "hr", "input", "li",
    "ol", "p", "pre", "section", "span", "strong", "sup", "table", "tbody", "td", "th", "thead",
    "tr", "ul",
}  # fmt: skip

# MathML Core's presentational elements, without the ones that link, embed or carry HTML.
_MATHML = {
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded",
    "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub",
    "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none",
}  # fmt: skip
_MATHML_ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "columnspan",
    "depth", "dir", "display", "displaystyle", "fence", "form", "height", "largeop",
    "linethickness", "lspace", "mathcolor", "mathsize", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowalign", "rowlines", "rowspacing", "rowspan", "rspace",
    "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width",
}  # fmt: skip

_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "id", "aria-label"},
    "code": {"class"},
    "input": {"checked", "aria-label"},
    "li": {"id"},
    "ol": {"start"},
    "pre": {"data-language"},
    "span": {"class"},
    **{tag: set(_MATHML_ATTRIBUTES) for tag in _MATHML},
}
_SCROLLS = {"tabindex": {"0"}}

_CLEANER = Cleaner(
    tags=_PROSE | _MATHML,
    clean_content_tags={"script", "style"},
    attributes=_ATTRIBUTES,
    tag_attribute_values={
        "div": _SCROLLS,
        "pre": _SCROLLS,
        "td": {"align": {"left", "center", "right"}},
        "th": {"align": {"left", "center", "right"}},
        "math": {"xmlns": {"http://www.w3.org/1998/Math/MathML"}},
    },
    set_tag_attribute_values={
        "a": {"target": "_blank"},
        "input": {"type": "checkbox", "disabled": ""},
    },
    allowed_classes={
        "a": {"footnote-backref", "image"},
        "div": {"table"},
        "p": {"raw"},
        "section": {"footnotes"},
        "sup": {"footnote-ref"},
    },
    link_rel="noopener noreferrer nofollow",
    url_schemes={"http", "https", "mailto"},
    # Only a footnote's own anchors may stay within the page; no text can name a path of this site.
    url_relative=lambda url: url if url.startswith(("#fn-", "#fnref-")) else None,
)

_ANCHOR = re.compile(r'( (?:id="|href="#))(fn(?:ref)?-)|( id="[^"]*")')
_WITHIN = re.compile(r'(<a [^>]*?href="#[^"]*"[^>]*?) target="_blank"([^>]*>)')
_UNSAFE_KEY = re.compile(r"[^A-Za-z0-9_-]")
_EMPTY_LINK = re.compile(r"<a(?![^>]*\bhref=) [^>]*>(.*?)</a>", re.S)


def sanitise(html: str, key: str) -> str:
    """HTML of one block, in; out only what may be on the page, footnotes' ids led by `key`."""
    html = _CLEANER.clean(html)
    if "<a " in html:
        # A link whose address was refused is text.
        html = _EMPTY_LINK.sub(r"\1", html)
    if ' id="' in html or 'href="#' in html:
        prefix = _UNSAFE_KEY.sub("-", key)

        def anchored(match: re.Match[str]) -> str:
            return "" if match[3] else f"{match[1]}{prefix}{match[2]}"

        html = _ANCHOR.sub(anchored, html)
        html = _WITHIN.sub(r"\1\2", html)
    return html

"""What may be in an answer's HTML, said a second time and differently from the sanitiser."""

import re
from html.parser import HTMLParser

MATHML = [
    "math",
    "menclose",
    "mfrac",
    "mi",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "ms",
    "mspace",
    "msqrt",
    "mstyle",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
    "none",
]
PROSE = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "input",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "span",
    "strong",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
]
ATTRIBUTES = {
    "aria-label", "align", "checked", "class", "data-language", "disabled", "href", "id", "rel",
    "start", "tabindex", "target", "title", "type",
}  # fmt: skip
BAD_MATH = re.compile(r"on|style$|class$|id$|href|src|action|xlink", re.I)
ADDRESS = re.compile(r"(?:https?://|mailto:|#k?fn)", re.I)
CLASS = re.compile(
    r"language-[a-z0-9_+#.-]{1,40}|[a-z]{1,3}[0-9]?|footnote-ref|footnote-backref|footnotes|raw"
    r"|table|image|mark|formula"
)


class Checker(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.faults = []
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in MATHML and tag not in PROSE:
            self.faults.append(f"element {tag}")
        if tag not in ("br", "hr", "input"):
            self.open.append(tag)
        for name, value in attrs:
            self.check(tag, name, value or "")

    def check(self, tag, name, value):
        if tag in MATHML:
            if BAD_MATH.match(name):
                self.faults.append(f"{tag} {name}")
            return
        if name not in ATTRIBUTES:
            self.faults.append(f"attribute {name}")
        if name == "href" and not ADDRESS.match(value):
            self.faults.append(f"address {value}")
        if name == "class" and not CLASS.fullmatch(value):
            self.faults.append(f"class {value}")
        if name == "id" and not re.match(r"k?fn(ref)?-", value):
            self.faults.append(f"id {value}")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"nesting {tag}")

    def handle_comment(self, data):
        self.faults.append("comment")

    def handle_decl(self, decl):
        self.faults.append("declaration")

    def handle_pi(self, data):
        self.faults.append("instruction")


def faults(html):
    """What is wrong with the HTML of one block; nothing, it is hoped."""
    checker = Checker()
    checker.feed(html)
    checker.close()
    if checker.open:
        checker.faults.append(f"left open {checker.open}")
    for link in re.findall(r'<a [^>]*href="[^#][^>]*>', html):
        if 'rel="noopener noreferrer nofollow"' not in link or 'target="_blank"' not in link:
            checker.faults.append(f"link {link}")
    return checker.faults

"""What every renderer does to a text first: one kind of line end, no character that breaks a library."""

import re

# comrak and nh3 refuse lone surrogates; U+0000 becomes U+FFFD in CommonMark anyway. U+FDD0 to
# U+FDD2 are noncharacters that `brackets` uses as marks, so no text may bring its own.
_UNWELCOME = re.compile("[\ud800-\udfff\x00\ufdd0-\ufdd2]")


def clean(text: str) -> str:
    """Any string in; out the same with `\\n` line ends and U+FFFD for what cannot be rendered."""
    if text.isascii():
        if "\0" in text:
            text = text.replace("\0", "\ufffd")
    else:
        text = _UNWELCOME.sub("\ufffd", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\xa0": "&nbsp;"})


def escape(text: str) -> str:
    """Text as HTML, spelt exactly as the HTML standard serialises text, so that nh3 changes nothing."""
    return text.translate(_ESCAPES)


_ENTITIES = re.compile("&(?:amp|lt|gt|quot|nbsp);")
_CHARACTERS = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": "\xa0"}


def unescape(html: str) -> str:
    """The text behind escaped text; only the five entities that comrak and nh3 write."""
    if "&" not in html:
        return html
    return _ENTITIES.sub(lambda match: _CHARACTERS[match[0]], html)

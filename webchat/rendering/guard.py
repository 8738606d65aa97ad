"""Texts that would cost a parser more than they are worth, found by linear checks before it runs.

comrak and the HTML parser behind nh3 are linear on nearly everything (benchmarks/rendering.py tries
many shapes). What is left multiplies: containers in containers, cells that a table fills up by itself,
footnotes referred to again and again. Such a text is shown as it is, escaped.
"""

import re

MAX_LENGTH = 200_000  # characters of one text that is rendered at all
MAX_DEPTH = 32  # containers opened at the start of one line
MAX_COLUMNS = 128
MAX_CELLS = 40_000  # columns times rows, of one table
MAX_FOOTNOTE_MARKS = 400

# Nothing below can match a shorter run, and the search for it is one pass in C.
_CONTAINER = r"[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))"
_DEEP_LINE = re.compile(f"^(?:{_CONTAINER}){{{MAX_DEPTH}}}", re.M)
_DELIMITER_ROW = re.compile(r"^[ \t>*+\d.)-]*[|:-][|:\- \t]*$", re.M)
_BLANK = re.compile(r"\n[ \t>]*\n")


def too_costly(text: str) -> bool:
    """Whether `text` must be shown as plain text instead of being rendered."""
    return (
        len(text) > MAX_LENGTH
        or text.count("[^") > MAX_FOOTNOTE_MARKS
        or _DEEP_LINE.search(text) is not None
        or ("|" in text and _has_huge_table(text))
    )


def _has_huge_table(text: str) -> bool:
    """A table's rows are filled up to its columns, so a short text can ask for millions of cells."""
    end = -1
    for row in _DELIMITER_ROW.finditer(text):
        if row.start() < end:
            continue  # a row of the table counted before
        columns = row[0].count("|") + 1
        if columns < 3:
            continue
        if columns > MAX_COLUMNS:
            return True
        blank = _BLANK.search(text, row.end())
        end = blank.start() if blank else len(text)
        if columns * text.count("\n", row.end(), end) > MAX_CELLS:
            return True
    return False

"""Tables, for the page and as files."""

import csv
import io
from datetime import date
from typing import Any

import pytest

from webchat.insight.tables import Head, Table, as_csv


def read(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def table(kind: str, *values: Any) -> Table:
    return Table("some", "Some", [Head("Name", kind)], [[value] for value in values])


def test_the_page_has_words_and_the_file_plain_values() -> None:
    rows = Table(
        "some",
        "Some",
        [
            Head("Day", "day"),
            Head("Messages", "count"),
            Head("Share", "share"),
            Head("First", "seconds"),
        ],
        [[date(2026, 11, 24), 1234, 1 / 3, None]],
    )
    assert [text for _head, text in rows.cells[0]] == ["Nov. 24, 2026", "1,234", "33.3\xa0%", "–"]
    assert read(as_csv(rows)) == [
        ["Day", "Messages", "Share", "First"],
        ["2026-11-24", "1234", "0.3333", ""],
    ]


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", '=HYPERLINK("http://x")']
)
def test_a_cell_that_a_spreadsheet_would_calculate_is_a_text(evil: str) -> None:
    assert read(as_csv(table("text", evil)))[1] == [f"'{evil}"]


def test_other_cells_stay_as_they_are() -> None:
    harmless = ["a=b", "gpt-4o", 'say "yes", or no', "two\nlines", "Ёж"]
    assert [row[0] for row in read(as_csv(table("text", *harmless)))[1:]] == harmless
    assert read(as_csv(table("count", -5)))[1] == ["-5"]

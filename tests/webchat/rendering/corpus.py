"""The hostile texts, with the sources that an answer of that kind could bring."""

from dataclasses import dataclass
from pathlib import Path

LINES = (Path(__file__).parent / "hostile.txt").read_text().split("\n")
TEXTS = [line.replace("⏎", "\n").replace("⇥", "\t") for line in LINES[1:] if line]


@dataclass(frozen=True)
class Link:
    url: str
    title: str


SOURCES = [
    Link('https://source.example/"onclick="ran()', '"><script>ran()</script>'),
    Link("javascript:ran()", "no"),
    Link("https://source.example/\nx", "no"),
]

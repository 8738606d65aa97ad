"""One thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """`what` was looked at, `says` is what was found, `cure` how to mend it (a line to write)."""

    what: str
    level: Level
    says: str
    cure: str = ""


def good(what: str, says: str) -> Finding:
    return Finding(what, Level.GOOD, says)


def warning(what: str, says: str, cure: str) -> Finding:
    return Finding(what, Level.WARNING, says, cure)


def wrong(what: str, says: str, cure: str) -> Finding:
    return Finding(what, Level.WRONG, says, cure)

"""How long the list of an archive's members is, before anything reads it as a whole."""

import os
import struct
from typing import IO

END, END_LENGTH, COMMENT_MAX = b"PK\x05\x06", 22, 65_535
LOCATOR, LOCATOR_LENGTH = b"PK\x06\x07", 20
END_64, END_64_LENGTH = b"PK\x06\x06", 56


def directory_size(file: IO[bytes]) -> int:
    """The larger of the two numbers an archive may give, in bytes (APPNOTE 4.3.14 and 4.3.16)."""
    length = file.seek(0, os.SEEK_END)
    start = max(0, length - END_LENGTH - COMMENT_MAX - LOCATOR_LENGTH - END_64_LENGTH)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    sizes = [_number(tail, at + 12, "<I") for at in _places(tail, END)]
    sizes += [_number(tail, at + 40, "<Q") for at in _places(tail, END_64)]
    return max(sizes, default=0)


def _places(tail: bytes, mark: bytes) -> list[int]:
    found, at = [], tail.find(mark)
    while at >= 0:
        found.append(at)
        at = tail.find(mark, at + 1)
    return found


def _number(tail: bytes, at: int, layout: str) -> int:
    try:
        return int(struct.unpack_from(layout, tail, at)[0])
    except struct.error:
        return 0

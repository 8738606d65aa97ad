"""The values of a JSON list one after the other, so that a long list is never in memory whole."""

import codecs
import json
from collections.abc import Iterator
from typing import Any, NoReturn, Protocol

from django.utils.translation import gettext as _

from webchat.exchange.fields import BadFile

PIECE = 256 * 1024
SPACE = " \t\r\n"
AFTER_VALUE = {*SPACE, ",", "]", "}"}  # else a number might go on


class Readable(Protocol):
    def read(self, count: int, /) -> bytes:
        """At most `count` bytes; none at the end."""


def json_items(file: Readable, limit: int) -> Iterator[Any]:
    """The values of the list in `file`, or the one value that is there instead of a list.

    None may be longer than `limit` characters. Raises BadFile.
    """
    text = _Text(file, limit)
    try:
        if text.begins_with("["):
            yield from _list(text)
        else:
            yield text.value()
        text.end()
    except (ValueError, RecursionError) as error:
        raise BadFile(_("This is no JSON, or it is broken.")) from error


def _list(text: "_Text") -> Iterator[Any]:
    text.skip()
    while not text.begins_with("]"):
        yield text.value()
        if text.begins_with(","):
            text.skip()
        elif not text.begins_with("]"):
            raise ValueError("neither a comma nor the end")
    text.skip()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


class _Text:
    """What is read but not used yet."""

    _decoder = json.JSONDecoder(parse_constant=_refuse)

    def __init__(self, file: Readable, limit: int) -> None:
        self._file = file
        self._limit = limit
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._is_whole = False

    def begins_with(self, letter: str) -> bool:
        """Whether the next letter that is no space is this one."""
        self._text = self._text.lstrip(SPACE)
        while not self._text and not self._is_whole:
            self._more(PIECE)
            self._text = self._text.lstrip(SPACE)
        return self._text.startswith(letter)

    def skip(self) -> None:
        self._text = self._text[1:]

    def end(self) -> None:
        """Nothing but space may be left."""
        self.begins_with("")
        if self._text:
            raise ValueError("more than one value")

    def value(self) -> Any:
        """The next value; what it takes is doubled until it is enough, so no letter is read often."""
        self.begins_with("")
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text)
            except ValueError:
                if self._is_whole:
                    raise
            else:
                if self._is_whole or self._text[end : end + 1] in AFTER_VALUE:
                    self._text = self._text[end:]
                    return value
            if len(self._text) > self._limit:
                raise BadFile(_("One conversation of this file is too large."))
            self._more(max(PIECE, len(self._text)))

    def _more(self, count: int) -> None:
        data = self._file.read(count)
        self._is_whole = not data
        self._text += self._utf8.decode(data, final=not data)

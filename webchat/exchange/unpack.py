"""Files into conversations: JSON documents, lists of them, and archives with many."""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _

from webchat.exchange.chatgpt import is_chatgpt, read_chatgpt
from webchat.exchange.document import Document, read_document
from webchat.exchange.fields import BadFile
from webchat.exchange.json_items import Readable, json_items
from webchat.exchange.zip_guard import directory_size

MB = 1024**2
PICTURE_MAX = 64 * MB
CHATGPT_FILE = re.compile(r"conversations(?:-\d+)?\.json")  # a long export is cut into several
BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)
"""What reading an archive may end in; it may also be encrypted, or packed as nobody does."""


@dataclass(frozen=True)
class Limits:
    """What a file may ask of this process, in bytes; however small it looks while it is packed."""

    document: int
    """One conversation without pictures in files of their own; in memory it is a few times that."""
    total: int
    """All that is unpacked."""
    directory: int
    """The list of an archive's members, which is read as a whole."""


PAGE = Limits(document=32 * MB, total=2048 * MB, directory=8 * MB)
SHELL = Limits(document=1024 * MB, total=1024**4, directory=1024 * MB)

ReadFile = Callable[[str], bytes]
"""The bytes of a file that lies beside a document. Raises BadFile."""


@dataclass(frozen=True)
class Found:
    """A conversation of the file, or what is wrong with it."""

    name: str
    document: Document | None
    read_file: ReadFile
    problem: str = ""


def unpack(file: IO[bytes], name: str, limits: Limits) -> Iterator[Found]:
    """All conversations, one after the other. Raises BadFile when nothing of it can be read."""
    if not zipfile.is_zipfile(file):
        file.seek(0)
        yield from _from_json(file, name, limits, _nothing_beside)
        return
    if directory_size(file) > limits.directory:
        raise BadFile(_("This archive holds too many files."))
    try:
        with zipfile.ZipFile(file) as archive:
            yield from _Archive(archive, limits).conversations()
    except BROKEN as error:
        raise BadFile(_("This archive is broken.")) from error


def _nothing_beside(name: str) -> bytes:
    raise BadFile(_("the picture %(name)s is not in this file.") % {"name": name})


def _from_json(file: Readable, name: str, limits: Limits, read_file: ReadFile) -> Iterator[Found]:
    """What one JSON file holds; a broken conversation of a list does not spoil the others."""
    for number, value in enumerate(json_items(file, limits.document)):
        title = f"{name}[{number}]" if number else name
        try:
            yield Found(title, _read(value), read_file)
        except BadFile as error:
            yield Found(title, None, read_file, str(error))


def _read(value: Any) -> Document:
    return read_chatgpt(value) if is_chatgpt(value) else read_document(value)


class _Archive:
    """A ZIP archive, of which no more is read than the limits allow."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._left = limits.total

    def conversations(self) -> Iterator[Found]:
        names = [name for name in self._archive.namelist() if name.lower().endswith(".json")]
        chatgpt = [name for name in names if CHATGPT_FILE.fullmatch(posixpath.basename(name))]
        documents = chatgpt or [name for name in names if not name.startswith("__MACOSX/")]
        if not documents:
            raise BadFile(_("There is no conversation in this archive."))
        for name in documents:
            yield from self._document(name)

    def _document(self, name: str) -> Iterator[Found]:
        folder = posixpath.dirname(name)

        def read_file(beside: str) -> bytes:
            return self._read_file(posixpath.normpath(posixpath.join(folder, beside)))

        try:
            with self._archive.open(name) as member:
                counted = _Counted(member, self._spend)
                yield from _from_json(counted, name, self._limits, read_file)
        except BadFile as error:
            yield Found(name, None, read_file, str(error))

    def _read_file(self, name: str) -> bytes:
        try:
            with self._archive.open(name) as member:
                data = member.read(PICTURE_MAX + 1)
        except KeyError:
            return _nothing_beside(name)
        except BROKEN as error:
            raise BadFile(_("the picture %(name)s cannot be read.") % {"name": name}) from error
        if len(data) > PICTURE_MAX:
            raise BadFile(_("the picture %(name)s is too large.") % {"name": name})
        self._spend(len(data))
        return data

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise BadFile(_("This archive unpacks to more than can be taken in at once."))


class _Counted:
    """A member of an archive that tells how much of it was unpacked."""

    def __init__(self, member: IO[bytes], spend: Callable[[int], None]) -> None:
        self._member = member
        self._spend = spend

    def read(self, count: int) -> bytes:
        data = self._member.read(count)
        self._spend(len(data))
        return data

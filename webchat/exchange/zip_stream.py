"""A ZIP archive that is made while it is sent: what is written is handed on at once."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

HANDED_ON = 64 * 1024  # bytes that wait at most, so that not every line is an answer of its own
LARGE = 1024**3  # bytes from which a member is written so that it may become larger than 2 GiB


class _Outgoing:
    """A file that cannot be gone back in; zipfile writes sizes after each member then."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._waiting.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None: ...

    def take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting, self.size = [], 0
        return taken


class ZipStream:
    """Members one after the other; whoever iterates over what the methods return writes them."""

    def __init__(self) -> None:
        self._outgoing = _Outgoing()
        self._zip = zipfile.ZipFile(self._outgoing, "w")  # type: ignore[call-overload]  # no tell()

    def add(
        self,
        name: str,
        pieces: Iterable[bytes],
        changed_at: datetime,
        *,
        compress: bool = True,
        about: int = 0,
    ) -> Iterator[bytes]:
        """A member of `about` so many bytes."""
        info = zipfile.ZipInfo(name, _date(changed_at))
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=about >= LARGE) as member:
            for piece in pieces:
                member.write(piece)
                if self._outgoing.size >= HANDED_ON:
                    yield self._outgoing.take()

    def end(self) -> Iterator[bytes]:
        """What is left, and the list of all members."""
        self._zip.close()
        yield self._outgoing.take()


def _date(moment: datetime) -> tuple[int, int, int, int, int, int]:
    """Local time, not before what ZIP can tell."""
    local = timezone.localtime(moment)
    year, month, day, hour, minute, second, *_ = local.timetuple()
    return (
        (year, month, day, hour, minute, second) if 1980 <= year <= 2107 else (1980, 1, 1, 0, 0, 0)
    )

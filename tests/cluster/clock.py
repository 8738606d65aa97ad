"""A wall clock that tests can set, in real processes: Debian's libfaketime under them."""

import os
from pathlib import Path

import pytest

LIBRARY = "faketime/libfaketimeMT.so.1"


class Clock:
    """Processes that are started with `environment` read the time from here.

    The monotonic clock goes on undisturbed, as it does where somebody sets the time of a computer.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.set(0)

    def set(self, seconds: int) -> None:
        """So far ahead of the true time, from now on; a negative number is behind it."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.rename(self._file)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": _library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",  # the file is read at every look at the clock
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            # libfaketime computes the deadline of a wait at a condition variable anew. For the
            # monotonic clock it mixes in the wall clock, unless this variable is 0, and then each
            # such wait ends at once. Threads that wait for Python's lock would so never sleep, and
            # keep the thread that has the lock from giving it away.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }


def _library() -> str:
    """Skips the test where it is missing; where CI=true, fails it."""
    found = sorted(Path("/usr/lib").glob(f"*/{LIBRARY}"))
    if not found:
        message = "there is no libfaketime (Debian: apt install libfaketime)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return str(found[0])

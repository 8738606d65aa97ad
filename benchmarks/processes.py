"""What a process and its children use, as Linux tells (proc(5)), and helpers that live beside it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    return children


def _trees(roots: Iterable[int]) -> list[int]:
    """The processes and all below them."""
    children = _children()
    found, waiting = [], list(roots)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def cpu_seconds(*roots: int) -> float:
    """User and system time of the trees so far, ended children included."""
    ticks = 0
    for pid in reversed(_trees(roots)):  # parents last: they know of those that end meanwhile
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended, and its parent counts its time
        ticks += sum(int(value) for value in fields[11:15])
    return ticks / TICKS


def pss_bytes(*roots: int) -> int:
    """Proportional set size of the trees: shared pages counted by their share."""
    total = 0
    for pid in _trees(roots):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


class Peak:
    """The highest PSS of some trees while the context is open, looked at four times a second."""

    def __init__(self, *roots: int) -> None:
        self._roots = roots
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.bytes = pss_bytes(*roots)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            try:
                self.bytes = max(self.bytes, pss_bytes(*self._roots))
            except OSError:
                continue  # a child ended while it was looked at


@contextmanager
def helper(module: str, *arguments: str) -> Iterator[tuple[int, int]]:
    """A module of this package as a process of its own: (its id, the port it prints)."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{module}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.pid, int(process.stdout.readline())
    finally:
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

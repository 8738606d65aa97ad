"""What glibc keeps of freed memory."""

import ctypes
import re
import subprocess
import sys

import pytest

from webchat.management.serving.memory import give_memory_back

HEAPS = """
import ctypes, sys, threading
from webchat.management.serving.memory import give_memory_back

if sys.argv[1] == "shared":
    give_memory_back()
together = threading.Barrier(4)

def work():
    together.wait()
    kept = [bytes(2000) for _ in range(1000)]
    together.wait()

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""

pytestmark = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_info"), reason="the C library is not glibc"
)


def heaps(how: str) -> int:
    """How many there are after four threads have worked."""
    command = [sys.executable, "-c", HEAPS, how]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    return len(re.findall("<heap nr=", said))


def test_all_threads_share_one_heap() -> None:
    assert heaps("shared") == 1


def test_each_has_its_own_otherwise() -> None:
    assert heaps("own") > 1


def test_without_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    give_memory_back()

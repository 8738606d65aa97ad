"""What the C library keeps of freed memory."""

import ctypes

# Names and numbers of <malloc.h>, which mallopt(3) explains.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LARGE = 128 * 1024  # bytes: glibc's own beginning, which it else raises up to 32 MiB by itself


def give_memory_back() -> None:
    """Let glibc share one heap among all threads, and hand large blocks back when they are freed.

    By itself it gives each thread a heap, and each of these stays as large as the largest answer
    that was ever rendered there. Call it before there are threads. Without glibc nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(M_ARENA_MAX, 1)  # only who holds Python's lock allocates, so nobody waits for it
    mallopt(M_MMAP_THRESHOLD, LARGE)
    mallopt(M_TRIM_THRESHOLD, LARGE)

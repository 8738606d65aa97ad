"""Doing something to many conversations within one request."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from webchat.models import Conversation

SECONDS = 15  # proxies wait for an answer for 30 seconds and more
AT_MOST = 10_000  # more of them than anything gets done in that time


@dataclass(frozen=True)
class Progress:
    done: int
    is_whole: bool
    """Whether nothing of the selection is left."""


def work_through(selected: QuerySet[Conversation], do: Callable[[UUID], bool]) -> Progress:
    """Call `do` for one after the other, as far as the time goes; it tells whether it did anything.

    What is left is still in the list, so that the same can be asked for once more.
    """
    end = time.monotonic() + SECONDS
    ids = list(selected.values_list("pk", flat=True)[:AT_MOST])
    done = 0
    for place, pk in enumerate(ids):
        if time.monotonic() > end:
            return Progress(done, is_whole=place >= len(ids))
        done += do(pk)
    return Progress(done, is_whole=len(ids) < AT_MOST)

"""For the programs that watch this one: whether it lives, and whether it can serve."""

import asyncio
import logging
import time

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse

from webchat.generation import runs
from webchat.probes import probe_database, probe_redis

log = logging.getLogger(__name__)

READY = "ready"
SHARED_SECONDS = 1  # anybody may ask, so that many who ask cost no more than one


@login_not_required
async def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the event loop turns. It asks nothing else, so it never fails for another."""
    return _word("ok", 200)


@login_not_required
async def readyz(request: HttpRequest) -> HttpResponse:
    """200 while pages can be served; else 503 with a word for what is in the way."""
    word = "draining" if runs.is_draining() else await _readiness.word()
    return _word(word, 200 if word == READY else 503)


def _word(word: str, status: int) -> HttpResponse:
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "5"} if status == 503 else {})
    return HttpResponse(f"{word}\n", content_type="text/plain", status=status, headers=headers)


class Readiness:
    """What the probes say, asked at most once a second for everybody."""

    def __init__(self) -> None:
        self._word = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def word(self) -> str:
        async with self._lock:
            if time.monotonic() >= self._until:
                self._word = await _ask()
                self._until = time.monotonic() + SHARED_SECONDS
            return self._word


async def _ask() -> str:
    """The word for the first thing that does not answer; the log has the reason."""
    for probe in await asyncio.gather(probe_database(), probe_redis()):
        if probe is not None and probe.problem:
            log.warning("not ready: %s: %s", probe.name, probe.problem)
            return probe.name
    return READY


_readiness = Readiness()

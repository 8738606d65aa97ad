"""All runs of this process: begun, found, stopped, saved now and then, and ended with it."""

import asyncio
import contextlib
import logging
import os
import socket
import uuid
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from webchat import models
from webchat.catalog import discover
from webchat.db import db_write
from webchat.generation import records
from webchat.generation.assignment import Assignment
from webchat.generation.draft import Draft
from webchat.generation.errors import Refused
from webchat.generation.queue import Queue
from webchat.generation.reaper import Reaper
from webchat.generation.relay import relay
from webchat.generation.run import Ask, Run, Status
from webchat.logs.context import begin_chore
from webchat.metrics.instruments import RUNS
from webchat.metrics.lag import watch_lag
from webchat.search.indexing import index_new

log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 0.4  # what a `kill -9` may cost, with room for the write itself
DISCOVER_SECONDS = 60  # how soon an endpoint that did not tell its models is asked again
INDEX_SECONDS = 1  # how soon a message can be found
KEEP_SECONDS = 5  # a finished log waits so long for pages that reconnect; then the rows tell all
DRAIN_SECONDS = 8  # a restart waits this long for the database

NODE = f"{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:12]}"

BEGINNING, ACCOMPANYING = "begin a run", "accompany a run"
"""Names of tasks that a shutdown waits for."""

T = TypeVar("T")

_runs: dict[UUID, Run] = {}
_queue = Queue()
_tasks: set[asyncio.Task[Any]] = set()
_chores: list[asyncio.Task[None]] = []
_draining = False


def start() -> None:
    """Begin the chores of this process; more calls change nothing. Needs a running loop."""
    if _chores or _draining:
        return
    relay.start()
    _chores.append(begin_chore(_every(CHECKPOINT_SECONDS, checkpoint)))
    _chores.append(begin_chore(_every(settings.REAPER_SECONDS, Reaper(_at_work).look)))
    _chores.append(begin_chore(_every(DISCOVER_SECONDS, discover)))
    _chores.append(begin_chore(_every(INDEX_SECONDS, index_new)))
    _queue.news = asyncio.Event()
    _chores.append(begin_chore(_every(CHECKPOINT_SECONDS, _move_up, _queue.news)))
    _chores.append(begin_chore(watch_lag()))


def _at_work() -> list[UUID]:
    return [run.id for run in _runs.values() if not run.log.ended]


def _number(waiting: bool) -> int:
    """How many runs wait for their turn, or are at work."""
    live = (run for run in _runs.values() if not run.log.ended)
    return sum(run.is_waiting == waiting for run in live)


RUNS.labels("working").set_function(lambda: _number(waiting=False))
RUNS.labels("waiting").set_function(lambda: _number(waiting=True))


def is_draining() -> bool:
    """Whether this process takes no more and is about to end."""
    return _draining


def find(run: UUID) -> Run | None:
    """The run, when this process makes it or has just made it."""
    return _runs.get(run)


def check_open() -> None:
    """Raises Refused while the process is shutting down."""
    if _draining:
        raise Refused("failed", _("The server is restarting. Try again in a moment."))


def launch(assignment: Assignment, ask: Ask, draft: Draft) -> Run:
    """Begin a run whose rows are written; `draft` is what its answer begins with."""
    start()
    run = Run(NODE, assignment, ask, draft, _queue)
    _runs[run.id] = run
    relay.share(run.id, run.log)
    _keep(_accompany(run.id, run.start()))
    return run


async def stop(user: models.User, run: UUID) -> None:
    """End a run of this person, wherever it is made. Raises Refused when there is none."""
    local = _runs.get(run)
    if local is not None and local.assignment.owner == user.pk:
        local.stop()  # at once, however long the database takes
    if not await db_write(_request_stop, user, run):
        raise Refused("not_found", _("This answer does not exist."))


def stop_local(run: UUID) -> None:
    """End a run of this process whose rows are gone."""
    if (local := _runs.get(run)) is not None:
        local.stop(None)


def _request_stop(user: models.User, run: UUID) -> bool:
    if not models.Run.objects.for_user(user).filter(pk=run).exists():
        return False
    records.request_stop(run)
    return True


async def checkpoint() -> None:
    """Save what all runs have so far and obey what others ask of them."""
    live = [run for run in _runs.values() if not run.log.ended]
    if not live:
        return
    checkpoints = [run.checkpoint() for run in live]
    result = await db_write(records.save_checkpoints, NODE, checkpoints)
    for run, saved in zip(live, checkpoints, strict=True):
        run.saved(saved)
        if run.id in result.lost and not run.log.ended:
            run.stop(None)
        elif run.id in result.stop:
            run.stop()


async def _move_up() -> None:
    await _queue.move_up(NODE)


async def drain() -> None:
    """Take no more, end every run as interrupted and save it. More calls change nothing."""
    global _draining
    if _draining:
        return
    _draining = True
    for chore in _chores:
        chore.cancel()
    await _wait_for(BEGINNING)
    for run in _runs.values():
        run.stop(Status.INTERRUPTED)
    await _wait_for(ACCOMPANYING)
    await relay.close()


async def _wait_for(kind: str) -> None:
    if tasks := [task for task in _tasks if task.get_name() == kind]:
        await asyncio.wait(tasks, timeout=DRAIN_SECONDS)


def shelter(work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
    """Begin a run without regard to whether the one who asked still waits for it."""
    task = asyncio.create_task(work, name=BEGINNING)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return asyncio.shield(task)


async def _accompany(run: UUID, owner: asyncio.Task[None]) -> None:
    await owner
    _queue.look_again()
    asyncio.get_running_loop().call_later(KEEP_SECONDS, _runs.pop, run, None)


def _keep(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work, name=ACCOMPANYING)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _every(seconds: float, work: Any, news: asyncio.Event | None = None) -> None:
    """Do `work` again and again, and at once when there is news.

    A failure is logged and the next turn tries anew.
    """
    news = news or asyncio.Event()
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            news.clear()
            try:
                await work()
            except DatabaseError as error:
                log.warning("%s: the database does not answer: %s", work.__name__, error)
            except Exception:
                log.exception("%s failed", work.__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await news.wait()


def forget_everything() -> None:
    """As if this process had just begun; for tests, which share one."""
    global _draining
    _draining = False
    _runs.clear()
    _chores.clear()

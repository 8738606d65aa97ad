"""Runs and notices between processes, over Redis Streams.

A run is one stream. Each item is a batch of log entries; its id is the number of the last of them,
so a batch that is written again, because nobody knows whether it arrived, is refused by Redis and
doubles nothing. Before the beginning of a stream is trimmed, all of it is kept as a snapshot.
The design is told in docs/architecture.md.
"""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import redis.asyncio as redis
from redis.exceptions import RedisError, ResponseError

from providers.response import Reasoning
from webchat.generation import codec, notices
from webchat.generation.log import Ended, RunLog
from webchat.generation.mirror import Mirror
from webchat.generation.notices import Notice
from webchat.generation.redis_reader import (
    CLOSE_SECONDS,
    PATIENCE,
    Reader,
    notices_key,
    run_key,
    snapshot_key,
)

log = logging.getLogger(__name__)

PAUSE_MIN = 0.03  # seconds between two writes of a process; a hand-over that nobody notices
PAUSE_MAX = 0.3
PAUSE_PER_RUN = 0.002
KEEP_SECONDS = 3600  # a run that tells nothing for so long has long been given up
KEEP_ENDED_SECONDS = 60  # who follows then reads what is saved
TRIM_AFTER = 1000  # batches in a stream; half a minute of the fastest run
NOTICES_MAX = 200
NOTICES_KEEP_SECONDS = 60
RETRY_SECONDS = 1


@dataclass
class _Shared:
    """A run of this process on its way to the others."""

    log: RunLog
    sent: int = 0
    text_at: int = 0
    reasoning_at: int = 0
    batches: int = 0
    batch: dict[str, str] | None = field(default=None)
    """What is being written; kept as it is until it is known to be there."""
    batch_end: int = 0

    def next_batch(self) -> tuple[int, dict[str, str]] | None:
        """The batch to write now and the number of its last entry."""
        if self.batch is None and self.log.seq > self.sent:
            entries = self.log.since(self.sent)
            at = [self.text_at, self.reasoning_at]
            self.batch = {
                "at": json.dumps(at),
                "entries": codec.encode_entries(codec.merged(entries)),
            }
            self.batch_end = self.sent + len(entries)
        return (self.batch_end, self.batch) if self.batch is not None else None

    def written(self) -> None:
        """The batch is there; the next one begins after it."""
        for entry in self.log.since(self.sent)[: self.batch_end - self.sent]:
            if isinstance(entry, str):
                self.text_at += len(entry)
            elif isinstance(entry, Reasoning):
                self.reasoning_at += len(entry.text)
        self.sent, self.batch = self.batch_end, None
        self.batches += 1

    @property
    def over(self) -> bool:
        return self.log.ended and self.sent == self.log.seq


class RedisRelay:
    """This process's mouth and ears."""

    def __init__(self, url: str) -> None:
        self._redis: Any = redis.from_url(url, decode_responses=True, socket_timeout=PATIENCE)
        self._reader = Reader(url)
        self._shared: dict[UUID, _Shared] = {}
        self._news = asyncio.Event()
        self._notices: list[tuple[int, Notice]] = []
        self._closing = False
        self._writer: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._writer is None:
            self._closing = False
            self._news = asyncio.Event()
            self._writer = asyncio.create_task(self._write(), name="redis writer")
            self._reader.start()

    async def close(self) -> None:
        """Write what is left, within a moment, and hang up."""
        if self._writer is not None:
            self._closing = True
            self._news.set()
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._writer
                    await self._write_all()
            self._writer = None
        await self._reader.close()
        await self._redis.aclose()

    def share(self, run: UUID, log: RunLog) -> None:
        self._shared[run] = _Shared(log)
        self._news.set()

    def hear(self, run: UUID, mirror: Mirror) -> None:
        self._reader.hear(run, mirror)

    def ignore(self, run: UUID) -> None:
        self._reader.ignore(run)

    async def recall(self, run: UUID) -> Mirror | None:
        mirror = Mirror()
        try:
            await self._reader.tell_all(run, mirror)
        except (RedisError, OSError) as error:
            log.warning("run %s cannot be recalled: %s", run, error)
            return None
        return mirror

    def tell(self, owner: int, notice: Notice) -> None:
        self._notices.append((owner, notice))
        del self._notices[:-NOTICES_MAX]
        self._news.set()

    def attend(self, owner: int) -> None:
        self._reader.attend(owner)

    async def _write(self) -> None:
        while not self._closing:
            if not self._shared and not self._notices:
                self._news.clear()
                await self._news.wait()
            try:
                await self._write_all()
            except (RedisError, OSError) as error:
                log.warning("Redis does not answer; others hear of our runs later: %s", error)
                self._drop_ended()
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:  # whatever it is, this process must not fall silent by it
                log.exception("what others should hear cannot be written")
                self._drop_ended()
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(min(max(PAUSE_MIN, PAUSE_PER_RUN * len(self._shared)), PAUSE_MAX))

    def _drop_ended(self) -> None:
        """Keep no answer in memory for a Redis that may stay away; its end stands in its row."""
        for run in [run for run, shared in self._shared.items() if shared.log.ended]:
            del self._shared[run]

    async def _write_all(self) -> None:
        """Everything that is new, in one trip."""
        told = list(self._notices)
        batches = [
            (run, shared, batch)
            for run, shared in self._shared.items()
            if (batch := shared.next_batch()) is not None
        ]
        if not told and not batches:
            return
        pipeline = self._redis.pipeline(transaction=False)
        for owner, notice in told:
            self._queue_notice(pipeline, owner, notice)
        for run, shared, (end, fields) in batches:
            _queue_batch(pipeline, run, shared, end, fields)
        for problem in await pipeline.execute(raise_on_error=False):
            _check(problem)
        del self._notices[: len(told)]
        for run, shared, _ in batches:
            shared.written()
            if shared.over:
                del self._shared[run]

    def _queue_notice(self, pipeline: Any, owner: int, notice: notices.Notice) -> None:
        fields = {"from": self._reader.node, "notice": codec.encode_notice(notice)}
        pipeline.xadd(notices_key(owner), fields, maxlen=NOTICES_MAX)
        pipeline.expire(notices_key(owner), NOTICES_KEEP_SECONDS)


def _queue_batch(pipeline: Any, run: UUID, shared: _Shared, end: int, fields: Any) -> None:
    key = run_key(run)
    last = isinstance(shared.log.since(end - 1)[0], Ended)
    keep = KEEP_ENDED_SECONDS if last else KEEP_SECONDS
    pipeline.xadd(key, fields, id=f"{end}-0")
    pipeline.expire(key, keep)
    if shared.batches >= TRIM_AFTER:
        shared.batches = 0
        entries = codec.encode_entries(codec.merged(shared.log.since(0)[:end]))
        pipeline.set(snapshot_key(run), json.dumps({"end": end, "entries": entries}), ex=keep)
        pipeline.xtrim(key, minid=f"{end}-0", approximate=False)


def _check(result: Any) -> None:
    """Raise what went wrong, but not that a batch is there already."""
    if isinstance(result, ResponseError) and "equal or smaller" in str(result):
        return
    if isinstance(result, Exception):
        raise result

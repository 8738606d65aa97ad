"""What other processes tell over Redis: one blocking read for all streams of a process."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID, uuid4

import redis.asyncio as redis
from redis.exceptions import RedisError

from webchat.generation import codec, notices
from webchat.generation.mirror import Mirror

log = logging.getLogger(__name__)

T = TypeVar("T")

BLOCK_MILLISECONDS = 1000  # a stream that is added is read after this at the latest
COUNT = 200  # items of a stream in one answer
WAKE_KEEP_SECONDS = 60
RETRY_SECONDS = 1
CLOSE_SECONDS = 2
PATIENCE = 5  # seconds; a Redis that is silent for longer, also when asked to wait, is away


def run_key(run: UUID) -> str:
    return f"webchat:run:{run.hex}"


def snapshot_key(run: UUID) -> str:
    return f"webchat:run:{run.hex}:snapshot"


def notices_key(owner: int) -> str:
    return f"webchat:notices:{owner}"


class Reader:
    """Has its own connection, since it waits most of the time.

    A blocked read does not see streams that are added later, so one stream only wakes it up.
    """

    def __init__(self, url: str) -> None:
        self.node = uuid4().hex
        self._blocking: Any = redis.from_url(url, decode_responses=True, socket_timeout=PATIENCE)
        self._redis: Any = redis.from_url(url, decode_responses=True, socket_timeout=PATIENCE)
        self._wake_key = f"webchat:wake:{self.node}"
        self._mirrors: dict[UUID, Mirror] = {}
        self._positions: dict[str, str] = {self._wake_key: "0"}
        self._new_mirrors: list[UUID] = []
        self._new_owners: list[int] = []
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._waking: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._closing = False
        self._task = asyncio.create_task(self._read(), name="redis reader")

    async def close(self) -> None:
        """Hear out the turn that is under way, for CLOSE_SECONDS at the most, and hang up."""
        if self._task is not None:
            self._closing = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._send_wake()
                    await asyncio.gather(self._task, *self._waking)
        await self._blocking.aclose()
        await self._redis.aclose()

    def hear(self, run: UUID, mirror: Mirror) -> None:
        self._mirrors[run] = mirror
        self._new_mirrors.append(run)
        self._wake()

    def ignore(self, run: UUID) -> None:
        self._mirrors.pop(run, None)
        self._positions.pop(run_key(run), None)

    def attend(self, owner: int) -> None:
        if notices_key(owner) not in self._positions:
            self._new_owners.append(owner)
            self._wake()

    async def tell_all(self, run: UUID, mirror: Mirror) -> str:
        """Tell the mirror what the stream holds. Returns the position to go on from."""
        position = "0"
        if snapshot := await self._redis.get(snapshot_key(run)):
            data = json.loads(snapshot)
            mirror.add(codec.decode_entries(data["entries"]))
            position = f"{data['end']}-0"
        for item, fields in await self._redis.xrange(run_key(run), min=f"({position}"):
            _tell(mirror, fields)
            position = item
        return position

    def _wake(self) -> None:
        task = asyncio.create_task(self._send_wake())
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _send_wake(self) -> None:
        with contextlib.suppress(RedisError, OSError):  # the next turn comes within a second
            await self._redis.xadd(self._wake_key, {"": ""}, maxlen=1)
            await self._redis.expire(self._wake_key, WAKE_KEEP_SECONDS)

    async def _read(self) -> None:
        while not self._closing:
            try:
                await self._place_new()
                self._drop_unheard()
                answer = await self._blocking.xread(
                    self._positions, count=COUNT, block=BLOCK_MILLISECONDS
                )
                for key, items in answer or ():
                    self._take(key, items)
            except (RedisError, OSError) as error:
                log.warning("Redis does not answer; runs of others come slower: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:  # whatever it is, this process must not grow deaf by it
                log.exception("what Redis told cannot be read")
                await asyncio.sleep(RETRY_SECONDS)

    async def _place_new(self) -> None:
        """Find where to begin with what was added since the last turn; more may come meanwhile."""
        await _for_each(self._new_mirrors, self._place_mirror)
        await _for_each(self._new_owners, self._place_owner)

    async def _place_mirror(self, run: UUID) -> None:
        if (mirror := self._mirrors.get(run)) is None:
            return
        position = await self.tell_all(run, mirror)
        if self._mirrors.get(run) is mirror:  # it may have been let go, or begun anew
            self._positions[run_key(run)] = position

    async def _place_owner(self, owner: int) -> None:
        newest = await self._redis.xrevrange(notices_key(owner), count=1)
        self._positions[notices_key(owner)] = newest[0][0] if newest else "0"

    def _drop_unheard(self) -> None:
        prefix = notices_key(0)[:-1]
        for key in [key for key in self._positions if key.startswith(prefix)]:
            if not notices.is_heard(int(key.removeprefix(prefix))):
                del self._positions[key]

    def _take(self, key: str, items: list[tuple[str, dict[str, str]]]) -> None:
        for item, fields in items:
            if key in self._positions:
                self._positions[key] = item
            if key.startswith("webchat:notices:"):
                self._take_notice(int(key.rpartition(":")[2]), fields)
            elif (mirror := self._mirror(key)) is not None:
                _tell(mirror, fields)

    def _mirror(self, key: str) -> Mirror | None:
        if key == self._wake_key:
            return None
        return self._mirrors.get(UUID(key.rpartition(":")[2]))

    def _take_notice(self, owner: int, fields: dict[str, str]) -> None:
        notice = codec.decode_notice(fields["notice"])
        if notice is not None and fields["from"] != self.node:
            notices.publish(owner, notice)


async def _for_each(new: list[T], place: Callable[[T], Awaitable[None]]) -> None:
    """Take one after the other off the list; what Redis does not answer goes back on it."""
    while new:
        one = new.pop()
        try:
            await place(one)
        except (RedisError, OSError):
            new.append(one)
            raise


def _tell(mirror: Mirror, fields: dict[str, str]) -> None:
    text_at, reasoning_at = json.loads(fields["at"])
    mirror.add(codec.decode_entries(fields["entries"]), text_at, reasoning_at)

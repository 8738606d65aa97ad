"""People at their pages: websockets that say what a browser says and note when answers move.

A process of its own (`python -m benchmarks.people`): reads a Plan as JSON, prints Samples as JSON.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

ACKNOWLEDGE_AFTER = 64 * 1024  # characters, as the page does
CONNECT_SECONDS = 20


@dataclass
class Plan:
    """Who connects where, says what, how often. `sessions` is empty for the bare pipe.

    People are spread over the addresses. `elsewhere`: they follow their answers at the next one, as
    a second device does that a proxy sent there.
    """

    addresses: list[str]
    people: int
    model: str
    seconds: float  # that one answer may take
    sessions: list[str] = field(default_factory=list)
    origin: str = ""
    endpoint: int = 0
    conversation: str | None = None  # a new one each unless told
    messages: int = 5
    spread: float = 2.0  # seconds over which people arrive
    elsewhere: bool = False


@dataclass
class Sample:
    """One message and its answer; moments of the monotonic clock, 0 where there was none."""

    tag: str
    sent: float = 0.0
    first: float = 0.0
    done: float = 0.0
    status: str = ""
    bytes: int = 0
    gaps: list[float] = field(default_factory=list)
    heard: float = 0.0

    def update(self, size: int) -> None:
        """Something of the answer's text has come."""
        now = time.monotonic()
        if self.first:
            self.gaps.append(round(now - self.heard, 4))
        else:
            self.first = now
        self.heard = now
        self.bytes += size


class Page:
    """One browser page of the product."""

    def __init__(self, here: ClientConnection, there: ClientConnection, plan: Plan) -> None:
        """Asks here and follows there, which may be the same socket."""
        self._here = here
        self._there = there
        self._plan = plan
        self._conversation = plan.conversation

    async def _say(self, socket: ClientConnection, command: dict[str, Any]) -> None:
        await socket.send(json.dumps(command))

    async def _hear(self, socket: ClientConnection, *types: str) -> tuple[dict[str, Any], int]:
        """The next event of these types, and its size in characters."""
        while True:
            text = str(await socket.recv())
            event = json.loads(text)
            if event["type"] == "command.refused":
                raise RuntimeError(f"refused: {event['code']}")
            if event["type"] in types:
                return event, len(text)

    async def open(self) -> None:
        for socket in {self._here, self._there}:
            await self._hear(socket, "hello")

    async def ask(self, sample: Sample) -> None:
        """Send one message and follow its answer to the end."""
        client_id = str(uuid.uuid4())
        sample.sent = time.monotonic()
        await self._say(
            self._here,
            {
                "type": "message.send",
                "client_id": client_id,
                "conversation": self._conversation,
                "text": sample.tag,
                "endpoint": self._plan.endpoint,
                "model": self._plan.model,
            },
        )
        created, _ = await self._hear(self._here, "message.created")
        self._conversation = created["conversation"]
        run = created["run"]
        await self._say(self._there, {"type": "run.follow", "run": run, "seq": 0, "renderer": ""})
        await self._follow(run, sample)

    async def _follow(self, run: str, sample: Sample) -> None:
        unacknowledged = 0
        while True:
            event, size = await self._hear(
                self._there, "message.reset", "message.delta", "message.done"
            )
            if event["run"] != run:
                continue
            if event["type"] == "message.done":
                sample.done, sample.status = time.monotonic(), event["status"]
                return
            if event.get("blocks"):
                sample.update(size)
            unacknowledged += size
            if unacknowledged > ACKNOWLEDGE_AFTER:
                await self._say(
                    self._there, {"type": "run.acknowledge", "run": run, "seq": event["seq"]}
                )
                unacknowledged = 0


class PipePage:
    """One client of the bare pipe."""

    def __init__(self, socket: ClientConnection, plan: Plan) -> None:
        self._socket = socket
        self._plan = plan

    async def open(self) -> None:
        pass

    async def ask(self, sample: Sample) -> None:
        sample.sent = time.monotonic()
        await self._socket.send(json.dumps({"text": sample.tag, "model": self._plan.model}))
        async for text in self._socket:
            if text == "[DONE]":
                sample.done, sample.status = time.monotonic(), "complete"
                return
            sample.update(len(text))


def _socket(plan: Plan, number: int, place: int) -> connect:
    """Person `number`'s socket to the server at this place, counted on from their own."""
    headers = {"Cookie": f"webchat_session={plan.sessions[number]}"} if plan.sessions else {}
    return connect(
        plan.addresses[(number + place) % len(plan.addresses)],
        origin=plan.origin or None,  # type: ignore[arg-type]
        additional_headers=headers,
        compression=None,
        open_timeout=CONNECT_SECONDS,
        max_size=None,
        proxy=None,
    )


async def _open_page(plan: Plan, number: int, sockets: AsyncExitStack) -> Page | PipePage:
    here = there = await sockets.enter_async_context(_socket(plan, number, 0))
    if not plan.sessions:
        return PipePage(here, plan)
    if plan.elsewhere:
        there = await sockets.enter_async_context(_socket(plan, number, 1))
    return Page(here, there, plan)


async def _visit(plan: Plan, number: int, arrival: float, samples: list[Sample]) -> None:
    await asyncio.sleep(arrival)
    async with (
        asyncio.timeout(CONNECT_SECONDS + plan.messages * plan.seconds),
        AsyncExitStack() as sockets,
    ):
        page = await _open_page(plan, number, sockets)
        await page.open()
        for _ in range(plan.messages):
            sample = Sample(tag=f"benchmark {uuid.uuid4()}")
            samples.append(sample)
            async with asyncio.timeout(plan.seconds):
                await page.ask(sample)


async def _person(
    plan: Plan, number: int, arrival: float, visit: Callable[..., Awaitable[None]]
) -> list[Sample]:
    samples: list[Sample] = []
    try:
        await visit(plan, number, arrival, samples)
    except (TimeoutError, OSError, WebSocketException, RuntimeError) as error:
        if not samples or samples[-1].done:
            samples.append(Sample(tag="never asked"))
        samples[-1].status = f"{type(error).__name__}: {error}"
    missing = plan.messages - len(samples)
    return samples + [Sample(tag="never asked", status="after a failure")] * missing


async def visit_all(plan: Plan) -> list[Sample]:
    """All people at once, arriving over `spread` seconds; a Sample for each of their messages."""
    chance = random.Random(3)
    arrivals = [chance.uniform(0, plan.spread) for _ in range(plan.people)]
    everybody = (_person(plan, number, at, _visit) for number, at in enumerate(arrivals))
    found = await asyncio.gather(*everybody)
    return [sample for samples in found for sample in samples]


def visit_in_process(plan: Plan) -> list[Sample]:
    """The same in a process of its own, so that nothing here costs the people time."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.people"],
        input=json.dumps(asdict(plan)),
        stdout=subprocess.PIPE,
        text=True,
        timeout=2 * CONNECT_SECONDS + plan.spread + plan.messages * plan.seconds,
        check=True,
    )
    return [Sample(**sample) for sample in json.loads(done.stdout)]


if __name__ == "__main__":
    found = asyncio.run(visit_all(Plan(**json.load(sys.stdin))))
    json.dump([asdict(sample) for sample in found], sys.stdout)

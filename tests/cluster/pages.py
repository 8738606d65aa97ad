"""A browser's end of a real socket, without the browser: it shows, acknowledges and comes back."""

import asyncio
import html
import json
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.e2e.product import COOKIE
from tests.webchat.shown import Shown

PATIENCE = 15  # seconds; only a failing test waits this long
NEWS = ("message.reset", "message.delta")


@dataclass(frozen=True)
class Door:
    """Where a socket is opened, and as whom."""

    address: str
    origin: str
    session: str
    trusted: ssl.SSLContext | None = None
    buffer: int = 0
    """Bytes that the kernel keeps for either direction; by default many, as it decides."""


class Answer(Shown):
    """One answer as a page shows it, and what the page needs to go on with it."""

    def __init__(self, run: str) -> None:
        super().__init__()
        self.run = run
        self.seq = 0
        self.renderer = ""
        self.done: dict[str, Any] | None = None

    def take(self, event: dict[str, Any]) -> None:
        if event["type"] == "message.done":
            self.done = event
            return
        super().take(event)
        is_reset = event["type"] == "message.reset"
        assert is_reset or event["seq"] >= self.seq, "the numbers of a run went back"
        self.seq = event["seq"]
        self.renderer = event.get("renderer", self.renderer)

    @property
    def words(self) -> str:
        """What a person reads."""
        return html.unescape(re.sub(r"<[^>]+>", "", self.html))

    @property
    def footer(self) -> str:
        """What stands below the finished answer."""
        assert self.done is not None, "the answer is not done"
        return html.unescape(str(self.done["html"]))

    @property
    def status(self) -> str:
        assert self.done is not None, "the answer is not done"
        return str(self.done["status"])


class Page:
    """An open socket. What it shows of an answer outlives it: see `come_back`."""

    def __init__(self, door: Door, socket: ClientConnection) -> None:
        self.door = door
        self.socket = socket
        self.answers: dict[str, Answer] = {}
        self.release = ""

    @classmethod
    async def open(cls, door: Door) -> Self:
        page = cls(door, await _dial(door))
        page.release = (await page.event("hello"))["release"]
        return page

    async def send(self, **command: Any) -> None:
        await self.socket.send(json.dumps(command, default=str))

    async def event(self, kind: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next event of this kind; the page takes in those before it."""
        async with asyncio.timeout(seconds):
            while (event := await self.next())["type"] != kind:
                assert event["type"] != "command.refused", event
            return event

    async def say(
        self, text: str, endpoint: int, model: str = "", client_id: UUID | None = None
    ) -> Answer:
        """Say something; the answer, which the page follows from its beginning."""
        created = await self.created(text, endpoint, model, client_id=client_id or uuid4())
        return await self.follow(Answer(created["run"]))

    async def created(
        self, text: str, endpoint: int, model: str = "", **fields: Any
    ) -> dict[str, Any]:
        """Say something; the event that tells of its answer."""
        fields = {"text": text, "endpoint": endpoint, "model": model} | fields
        return await self.created_by("message.send", **fields)

    async def created_by(self, command: str, **fields: Any) -> dict[str, Any]:
        """Give a command that begins an answer; the event that tells of it."""
        await self.send(type=command, **({"client_id": uuid4()} | fields))
        return await self.event("message.created")

    async def refused(self, command: str, **fields: Any) -> dict[str, Any]:
        """Give a command that cannot be carried out; the refusal."""
        client_id = str(uuid4())
        await self.send(type=command, client_id=client_id, **fields)
        async with asyncio.timeout(PATIENCE):
            while (event := await self.next()).get("client_id") != client_id:
                pass
        assert event["type"] == "command.refused"
        return event

    async def follow(self, answer: Answer) -> Answer:
        """Follow from where `answer` is."""
        self.answers[answer.run] = answer
        place = {"seq": answer.seq, "renderer": answer.renderer}
        await self.send(type="run.follow", run=answer.run, **place)
        return answer

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Take in events until the condition holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                event = await self.next()
                assert event["type"] != "command.refused", event

    async def until_done(self, answer: Answer, seconds: float = PATIENCE) -> str:
        """Take in events until the answer has ended; its status."""
        await self.until(lambda: answer.done is not None, seconds)
        return answer.status

    async def until_settled(self, answer: Answer, seconds: float = PATIENCE) -> str:
        """The same, over as many sockets as it takes."""
        async with asyncio.timeout(seconds):
            while answer.done is None:
                try:
                    await self.until_done(answer)
                except ConnectionClosed:
                    await self.come_back()
            return answer.status

    async def close_code(self, seconds: float = PATIENCE) -> int:
        """Take in events until the socket closes."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    await self.next()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006

    async def come_back(self, door: Door | None = None, seconds: float = PATIENCE) -> None:
        """Open a new socket, as a browser does: again and again; go on with every answer."""
        await self.close()
        async with asyncio.timeout(seconds):
            while True:
                try:
                    self.socket = await _dial(door or self.door)
                    await self.event("hello")
                    break
                except (OSError, InvalidHandshake, ConnectionClosed):
                    await asyncio.sleep(0.1)
        for answer in list(self.answers.values()):
            if answer.done is None:
                await self.follow(answer)

    async def close(self) -> None:
        await self.socket.close()

    async def next(self) -> dict[str, Any]:
        """The next event, taken in."""
        event: dict[str, Any] = json.loads(await self.socket.recv())
        answer = self.answers.get(event.get("run", ""))
        if answer is not None and event["type"] in (*NEWS, "message.done"):
            answer.take(event)
            if event["type"] in NEWS:
                await self.send(type="run.acknowledge", run=answer.run, seq=answer.seq)
        return event


def _narrow(door: Door) -> socket.socket:
    address = urlsplit(door.address)
    connection = socket.socket()
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        connection.setsockopt(socket.SOL_SOCKET, option, door.buffer)
    connection.connect((address.hostname, address.port))
    return connection


async def _dial(door: Door) -> ClientConnection:
    return await connect(
        door.address,
        origin=door.origin,  # type: ignore[arg-type]
        additional_headers={"Cookie": f"{COOKIE}={door.session}"},
        ssl=door.trusted,
        sock=_narrow(door) if door.buffer else None,
        compression=None,
        proxy=None,
        max_size=None,
        ping_interval=None,
        open_timeout=PATIENCE,
        close_timeout=2,
    )


@asynccontextmanager
async def opened(door: Door) -> AsyncIterator[Page]:
    page = await Page.open(door)
    try:
        yield page
    finally:
        await page.close()

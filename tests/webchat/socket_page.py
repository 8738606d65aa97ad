"""A page of the chat as the socket's tests see it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from tests.webchat.shown import Shown
from webchat.consumers import ChatConsumer
from webchat.db import db
from webchat.models import Endpoint, User

PATIENCE = 5  # seconds; only a failing test waits this long


class Page:
    """A browser's end of the socket."""

    def __init__(self, session_key: str) -> None:
        headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={session_key}".encode())]
        self.socket = WebsocketCommunicator(ChatConsumer.as_asgi(), "/ws/", headers)

    async def send(self, **command: Any) -> None:
        await self.socket.send_to(text_data=json.dumps(command, default=str))

    async def event(self, kind: str) -> dict[str, Any]:
        """The next event of this kind; those before it are skipped."""
        while True:
            text = await self.socket.receive_from(PATIENCE)
            event: dict[str, Any] = json.loads(text)
            if event["type"] == kind:
                return event

    async def close_code(self) -> int:
        while True:
            output = await self.socket.receive_output(PATIENCE)
            if output["type"] == "websocket.close":
                return int(output["code"])

    async def say(self, text: str, endpoint: Endpoint, **fields: Any) -> dict[str, Any]:
        """Send a message and return the answer's `message.created`."""
        await self.send(
            type="message.send",
            client_id=fields.pop("client_id", uuid4()),
            text=text,
            endpoint=endpoint.pk,
            model="fake-1",
            **fields,
        )
        return await self.event("message.created")

    async def follow(self, run: str, seq: int = 0, renderer: str = "") -> None:
        await self.send(type="run.follow", run=run, seq=seq, renderer=renderer)


def make_session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@asynccontextmanager
async def opened(user: User) -> AsyncIterator[Page]:
    page = Page(await db(make_session, user))
    connected, _ = await page.socket.connect(PATIENCE)
    assert connected
    await page.event("hello")
    try:
        yield page
    finally:
        await page.socket.disconnect()


async def watch(page: Page) -> tuple[Shown, dict[str, Any]]:
    """Read until the answer is done, acknowledging as a browser does."""
    shown = Shown()
    while True:
        event = json.loads(await page.socket.receive_from(PATIENCE))
        if event["type"] in ("message.reset", "message.delta"):
            shown.take(event)
            await page.send(type="run.acknowledge", run=event["run"], seq=event["seq"])
        elif event["type"] == "message.done":
            return shown, event

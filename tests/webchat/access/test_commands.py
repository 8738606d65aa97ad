"""Every command of the socket, about alice's things, from bob and from a stranger."""

import json
from typing import Any
from uuid import uuid4

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings

from tests.webchat.access.conftest import Things, everything, signed_in
from tests.webchat.access.table import COMMANDS_ABOUT_THINGS, SILENT_COMMANDS
from webchat import sockets
from webchat.consumers import ChatConsumer
from webchat.db import db
from webchat.models import User
from webchat.protocol.commands import COMMANDS

pytestmark = pytest.mark.usefixtures("process", "transactional_db")

PATIENCE = 5  # seconds; only a failing test waits this long


def socket(session_key: str) -> WebsocketCommunicator:
    headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={session_key}".encode())]
    return WebsocketCommunicator(ChatConsumer.as_asgi(), "/ws/", headers)


def about(name: str, things: Things) -> str:
    """The command, about alice's things."""
    fields: dict[str, Any] = {
        "type": name,
        "client_id": uuid4(),
        "conversation": things.conversation.pk,
        "message": things.answer.pk,
        "run": things.run.pk,
        "text": "Hi",
        "endpoint": things.endpoint.pk,
        "model": "demo",
        "seq": 0,
        "renderer": "",
    }
    return json.dumps(fields, default=str)


def session_of(user: User) -> str:
    key = signed_in(user).session.session_key
    assert key
    return key


def test_every_command_is_in_the_table() -> None:
    assert set(COMMANDS) == COMMANDS_ABOUT_THINGS | SILENT_COMMANDS


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_bob_is_refused_or_told_nothing(name: str, things: Things, bob: User) -> None:
    before = await db(everything)
    page = socket(await db(session_of, bob))
    await page.connect(PATIENCE)
    await page.receive_from(PATIENCE)  # hello
    await page.send_to(text_data=about(name, things))
    if name in COMMANDS_ABOUT_THINGS:
        told = json.loads(await page.receive_from(PATIENCE))
        assert (told["type"], told["code"]) == ("command.refused", "not_found")
    else:
        await page.send_to(text_data=json.dumps({"type": "ping"}))
        assert json.loads(await page.receive_from(PATIENCE)) == {"type": "pong"}
    await page.disconnect(timeout=PATIENCE)
    assert await db(everything) == before


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_a_strangers_socket_is_closed_before_a_word(name: str, things: Things) -> None:
    before = await db(everything)
    page = socket("no-such-session")
    await page.connect(PATIENCE)
    await page.send_to(text_data=about(name, things))
    assert (await page.receive_output(PATIENCE))["code"] == sockets.SIGNED_OUT
    assert await db(everything) == before


@pytest.mark.parametrize("name", sorted(COMMANDS_ABOUT_THINGS))
async def test_reading_as_an_administrator_is_no_permission_to_speak(
    name: str, things: Things, staff: User
) -> None:
    before = await db(everything)
    page = socket(await db(session_of, staff))
    await page.connect(PATIENCE)
    await page.receive_from(PATIENCE)  # hello
    await page.send_to(text_data=about(name, things))
    assert json.loads(await page.receive_from(PATIENCE))["code"] == "not_found"
    await page.disconnect(timeout=PATIENCE)
    assert await db(everything) == before

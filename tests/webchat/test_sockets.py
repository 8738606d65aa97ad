"""A socket lives as long as its session."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.db import SessionStore

from tests.webchat.socket_page import PATIENCE, Page, opened
from webchat import sockets
from webchat.db import db
from webchat.models import Endpoint, Message, User

pytestmark = pytest.mark.usefixtures("process", "transactional_db")


async def test_without_a_session_the_socket_closes_with_its_own_code(alice: User) -> None:
    page = Page("nobody")
    await page.socket.connect(PATIENCE)
    assert await page.close_code() == sockets.SIGNED_OUT


def _deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _change_password(user: User) -> None:
    user.set_password("another-password-altogether")
    user.save()


def _sign_out(user: User) -> None:
    SessionStore.get_model_class().objects.all().delete()


@pytest.mark.parametrize("end", [_deactivate, _change_password, _sign_out])
async def test_a_socket_closes_when_its_session_ends(
    alice: User, end: Callable[[User], None]
) -> None:
    async with opened(alice) as page:
        await db(end, alice)
        await sockets.check_sessions()
        assert await page.close_code() == sockets.SIGNED_OUT


@pytest.mark.parametrize("end", [_deactivate, _change_password, _sign_out])
async def test_a_command_after_the_session_ended_is_not_carried_out(
    alice: User, endpoint: Endpoint, end: Callable[[User], None]
) -> None:
    async with opened(alice) as page:
        await db(end, alice)
        await page.send(
            type="message.send", client_id=uuid4(), text="Hi", endpoint=endpoint.pk, model=""
        )
        assert await page.close_code() == sockets.SIGNED_OUT
    assert await db(Message.objects.count) == 0

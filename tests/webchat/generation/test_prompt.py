"""What a provider is sent of a conversation."""

from typing import Any
from uuid import uuid4

import pytest

from providers.errors import Unavailable
from tests.fakes import FakeProvider
from tests.pictures import PNG
from tests.webchat.generation.test_send import ended
from webchat.db import db
from webchat.generation.errors import Refused
from webchat.generation.images import examine, store
from webchat.generation.start import regenerate, send
from webchat.generation.wishes import Regenerate, Send, Started
from webchat.models import Conversation, Endpoint, Media, Message, User

pytestmark = pytest.mark.usefixtures("process", "transactional_db")


@pytest.fixture
def picture(alice: User) -> Media:
    return store(alice, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="")


async def ask(
    user: User, endpoint: Endpoint, text: str, conversation: Any = None, *media: Media
) -> Started:
    pictures = tuple(one.pk for one in media)
    wish = Send(uuid4(), conversation, text, endpoint.pk, "fake-1", media=pictures)
    started = await send(user, wish)
    await ended(started)
    return started


def roles(fake: type[FakeProvider]) -> list[str]:
    return [message["role"] for message in fake.requests[-1].messages]


async def test_roles_alternate_also_after_an_answer_that_never_came(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider]
) -> None:
    fake.says(Unavailable())
    first = await ask(alice, endpoint, "One")
    fake.says("Two it is.")
    await ask(alice, endpoint, "Two", first.conversation.pk)
    assert list(fake.requests[-1].messages) == [{"role": "user", "content": "One\n\nTwo"}]
    await ask(alice, endpoint, "Three", first.conversation.pk)
    assert roles(fake) == ["user", "assistant", "user"]


async def test_pictures_of_two_questions_side_by_side_are_all_sent(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], picture: Media
) -> None:
    fake.says(Unavailable())
    first = await ask(alice, endpoint, "", None, picture)
    fake.says("Ah.")
    await ask(alice, endpoint, "What is it?", first.conversation.pk)
    [message] = fake.requests[-1].messages
    assert [part["type"] for part in message["content"]] == ["image_url", "text"]
    assert message["content"][1]["text"] == "What is it?"


async def test_a_picture_without_words_has_no_empty_text_and_gives_the_conversation_a_name(
    alice: User, endpoint: Endpoint, fake: type[FakeProvider], picture: Media
) -> None:
    started = await ask(alice, endpoint, "", None, picture)
    [message] = fake.requests[-1].messages
    assert [part["type"] for part in message["content"]] == ["image_url"]
    assert started.conversation.title == "Picture"


async def test_pictures_are_refused_where_the_provider_would_not_be_sent_them(
    alice: User,
    endpoint: Endpoint,
    fake: type[FakeProvider],
    picture: Media,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = await ask(alice, endpoint, "", None, picture)
    monkeypatch.setattr(fake, "supports_images_in", False)
    with pytest.raises(Refused) as refused:
        await ask(alice, endpoint, "What is it?", None, picture)
    assert refused.value.code == "no_pictures"
    assert "does not read pictures" in refused.value.message
    with pytest.raises(Refused) as refused:
        await regenerate(alice, Regenerate(uuid4(), seen.answer.pk))
    assert refused.value.code == "no_pictures"
    assert await db(Conversation.objects.count) == 1
    assert await db(Message.objects.count) == 2

"""Which part of a conversation a page shows."""

from datetime import timedelta

import pytest

from tests.factories import make_conversation, make_message
from webchat.generation.transcript import Place, page
from webchat.generation.tree import Tree
from webchat.models import User

pytestmark = pytest.mark.django_db


def test_below_a_message_aside_the_way_leads_to_the_newest_by_its_time(alice: User) -> None:
    """An import keeps the times of its messages, and gives them ids in the order of the file."""
    conversation = make_conversation(alice)
    first = make_message(conversation, "One")
    aside = make_message(conversation, "Aside", role="assistant")
    newer = make_message(conversation, "Newer", parent=aside)
    older = make_message(conversation, "Older", parent=aside)
    older.created_at = newer.created_at - timedelta(days=1)
    older.save(update_fields=["created_at"])
    make_message(conversation, "Active", role="assistant", parent=first)
    conversation.refresh_from_db()

    shown = page(conversation, Place(at=aside.pk))
    assert shown.is_aside
    assert [message.text for message in shown.messages] == ["One", "Aside", "Newer"]
    way = Tree.of(conversation).path(aside.pk, conversation.active_leaf_id)
    assert [message.pk for message in shown.messages] == way

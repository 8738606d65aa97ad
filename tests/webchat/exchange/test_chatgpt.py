"""ChatGPT's own export."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.webchat.exchange.files import import_bytes
from tests.webchat.exchange.test_unpack import packed, problem
from webchat.models import Conversation, User


def node(
    pk: str, parent: str | None, role: str = "", text: str = "", **more: Any
) -> dict[str, Any]:
    message = None
    if role:
        message = {
            "id": pk,
            "author": {"role": role},
            "create_time": more.pop("at", 1_700_000_000.5),
            "content": more.pop("content", {"content_type": "text", "parts": [text]}),
            "metadata": more.pop("metadata", {}),
            "recipient": more.pop("recipient", "all"),
        }
    return {pk: {"id": pk, "message": message, "parent": parent, "children": []}}


def conversation(**more: Any) -> dict[str, Any]:
    """A hidden beginning, a question, a tool at work, and two answers."""
    nodes = {
        **node("root", None),
        **node("system", "root", "system", "Be nice."),
        **node("q", "system", "user", "Where to?"),
        **node("call", "q", "assistant", "search()", recipient="browser"),
        **node("tool", "call", "tool", "result"),
        **node("a1", "tool", "assistant", "To the *lake*.", metadata={"model_slug": "gpt-5"}),
        **node("a2", "q", "assistant", "To the hill.", at=1_700_000_100),
    }
    return {
        "title": "A walk",
        "create_time": 1_700_000_000,
        "update_time": 1_700_000_200,
        "mapping": nodes,
        "current_node": "a1",
    } | more


def imported(owner: User, data: Any) -> Conversation:
    [result] = import_bytes(owner, json.dumps(data).encode())
    assert result.problem == ""
    return Conversation.objects.get(owner=owner)


def test_what_was_asked_and_answered_comes_with_its_branches(bob: User) -> None:
    new = imported(bob, [conversation()])
    question = new.messages.get(text="Where to?")
    first, second = question.children.order_by("created_at")
    assert (first.text, first.provider, first.model) == ("To the *lake*.", "ChatGPT", "gpt-5")
    assert second.text == "To the hill."
    assert new.active_leaf == first
    assert (new.title, new.message_count) == ("A walk", 3)
    assert new.active_at == datetime.fromtimestamp(1_700_000_200, UTC)


def test_code_and_texts_beside_pictures_are_kept(bob: User) -> None:
    parts = [{"content_type": "image_asset_pointer"}, "What is this?"]
    data = conversation(
        mapping={
            **node("q", None, "user", content={"content_type": "multimodal_text", "parts": parts}),
            **node("a", "q", "assistant", content={"content_type": "code", "text": "print(1)"}),
        },
        current_node="nowhere",
    )
    new = imported(bob, data)
    assert [one.text for one in new.messages.all()] == ["What is this?", "```\nprint(1)\n```"]


def test_the_whole_archive_may_be_given(bob: User) -> None:
    files = {
        "conversations.json": json.dumps([conversation(), conversation()]).encode(),
        "user.json": b'{"email": "bob@example.org"}',
        "chat.html": b"<script>",
    }
    results = import_bytes(bob, packed(files))
    assert [result.problem for result in results] == ["", ""]


def test_one_without_a_title_is_called_by_its_first_words(bob: User) -> None:
    assert imported(bob, conversation(title=None)).title == "Where to?"


@pytest.mark.parametrize(
    "change",
    [
        {"mapping": []},
        {"mapping": {}},
        {"mapping": {"a": 7}},
        {"mapping": {"a": {"parent": "b"}, "b": {"parent": "a"}}},
        {"mapping": {"a": {"parent": "a", "message": {"author": {"role": "user"}}}}},
        {"mapping": {"a": {"parent": ["x"], "message": 7}}},
        {"mapping": {"a": {"message": {"author": 7, "content": 7, "metadata": 7}}}},
        {"mapping": {"a": {"message": {"author": {"role": ["user"]}, "content": {}}}}},
        {"mapping": {"x" * 200: {}}},
        {"title": 7},
    ],
)
def test_nonsense_is_refused(bob: User, change: dict[str, Any]) -> None:
    assert problem(bob, json.dumps(conversation(**change)).encode())


@pytest.mark.parametrize("moment", [None, "now", -1, 1e300, True, [1]])
def test_times_may_be_missing(bob: User, moment: Any) -> None:
    new = imported(bob, conversation(create_time=moment, update_time=moment))
    assert new.active_at <= datetime.now(UTC)

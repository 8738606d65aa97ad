"""ChatGPT's own export."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.webchat.exchange.files import import_bytes
from tests.webchat.exchange.test_unpack import packed, problem
from webchat.exchange.chatgpt_marks import cited
from webchat.models import Conversation, Message, User


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


def mark(*parts: str) -> str:
    return "\ue200" + "\ue202".join(parts) + "\ue201"


def page(name: str, **more: Any) -> dict[str, Any]:
    return {"url": f"https://{name}.example/", "title": name.title()} | more


def searched(pk: str, parent: str | None) -> dict[str, Any]:
    """An answer out of a search: one mark of two pages, one of a page that was there, one unknown."""
    first, second = mark("cite", "turn0search0", "turn0search4"), mark("cite", "turn0search1")
    text = f"Lakes are deep. {first} Hills are not. {second}{mark('image_group', '{}')}"
    references = [
        {
            "matched_text": first,
            "type": "grouped_webpages",
            "items": [page("lake", supporting_websites=[page("pond")]), {"url": "javascript:x()"}],
        },
        {"matched_text": second, "type": "grouped_webpages", "items": [page("lake"), page("hill")]},
        {"matched_text": " ", "type": "sources_footnote", "sources": [page("lake"), page("sea")]},
    ]
    return node(pk, parent, "assistant", text, metadata={"content_references": references})


def heard(pk: str, parent: str | None, role: str = "assistant", text: str = "To it.") -> Any:
    """What was said by voice: its words, and the sound in a file."""
    parts = [
        {"content_type": "audio_transcription", "text": text, "direction": "out"},
        {"content_type": "audio_asset_pointer", "asset_pointer": "sediment://file_1"},
    ]
    content = {"content_type": "multimodal_text", "parts": parts}
    return node(pk, parent, role, content=content)


def answer(owner: User, nodes: dict[str, Any]) -> Message:
    """What the one message of an export became."""
    return imported(owner, conversation(mapping=nodes)).messages.get()


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


def test_what_was_said_by_voice_comes_as_text(bob: User) -> None:
    nodes = {**heard("q", None, "user", "Where to?"), **heard("a", "q")}
    new = imported(bob, conversation(mapping=nodes, current_node="a"))
    assert [one.text for one in new.messages.order_by("pk")] == ["Where to?", "To it."]


def test_marks_of_a_search_become_numbers_of_sources(bob: User) -> None:
    message = answer(bob, searched("a", None))
    assert message.text == "Lakes are deep. [1][2] Hills are not. [1][3]"
    assert message.sources == [page("lake"), page("pond"), page("hill"), page("sea")]


def test_marks_of_older_searches_become_numbers_too(bob: User) -> None:
    told = page("lake", matched_text="【3†source】", type="webpage")
    text = "Deep【3†source】, says 【the book】."
    nodes = node("a", None, "assistant", text, metadata={"content_references": [told]})
    message = answer(bob, nodes)
    assert (message.text, message.sources) == ("Deep[1], says 【the book】.", [page("lake")])


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (("In ", mark("entity", '["city", "Paris", "capital"]'), "."), "In Paris."),
        (("In ", mark("entity", "["), "."), "In ."),
        (("See ", mark("url", "it", "https://a.example/"), "."), "See [it](https://a.example/)."),
        (("See ", mark("url", "it", "turn0search0"), "."), "See it."),
        (("See ", mark("url", "it", "javascript:x()"), "."), "See it."),
        (("Lost", mark("cite", "turn0search9"), mark("navlist", "a", "b"), "."), "Lost."),
        (("\ue203Cited\ue204 and cut ", "\ue200cite"), "Cited and cut cite"),
    ],
)
def test_no_mark_is_left_and_its_words_are_kept(
    bob: User, text: tuple[str, ...], becomes: str
) -> None:
    message = answer(bob, node("a", None, "assistant", "".join(text)))
    assert (message.text, message.sources) == (becomes, [])


def test_an_answer_of_nothing_but_marks_is_left_out(bob: User) -> None:
    nodes = {
        **node("q", None, "user", "Show me."),
        **node("pictures", "q", "assistant", mark("image_group", "{}")),
        **node("a", "pictures", "assistant", "There."),
    }
    new = imported(bob, conversation(mapping=nodes, current_node="a"))
    assert [one.text for one in new.messages.order_by("pk")] == ["Show me.", "There."]


def test_what_a_person_wrote_is_not_searched_for_marks(bob: User) -> None:
    text = mark("cite", "turn0search0")
    assert answer(bob, node("q", None, "user", text)).text == text


def test_an_answer_has_no_more_sources_than_are_kept(
    bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.exchange.chatgpt_marks.SOURCES_MAX", 1)
    message = answer(bob, searched("a", None))
    assert message.text == "Lakes are deep. [1] Hills are not. [1]"
    assert message.sources == [page("lake")]


def test_very_many_marks_are_soon_read() -> None:
    text = "\ue200cite【" * 100_000
    began = time.process_time()
    assert cited(text, {"content_references": [{"matched_text": "\ue200"}] * 1000})
    assert time.process_time() - began < 1


def test_the_whole_archive_may_be_given(bob: User) -> None:
    files = {
        "conversations.json": json.dumps([conversation(), conversation()]).encode(),
        "user.json": b'{"email": "bob@example.org"}',
        "chat.html": b"<script>",
    }
    results = import_bytes(bob, packed(files))
    assert [result.problem for result in results] == ["", ""]


def test_a_long_export_is_in_several_files(bob: User) -> None:
    one = json.dumps([conversation()]).encode()
    files = {
        "conversations-000.json": one,
        "conversations-001.json": one,
        "user.json": b'{"email": "bob@example.org"}',
        "message_feedback.json": b"[]",
        "shared_conversations.json": b'[{"id": "x"}]',
        "my-conversations.json": b"{}",
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

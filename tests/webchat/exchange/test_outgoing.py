"""Files for people: names, Markdown, HTML and archives."""

import base64
import hashlib
import re
import unicodedata
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_conversation, make_message
from tests.pictures import PNG, picture
from tests.webchat.exchange.files import as_document, content, import_bytes, members, zipped
from webchat.exchange.names import conversation_name, safe
from webchat.exchange.outgoing import Format, archive, in_chunks, single
from webchat.generation.images import examine, store
from webchat.models import Conversation, Media, User

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def walk(alice: User) -> Conversation:
    """A question with a picture that was answered twice; the second answer has everything."""
    conversation = make_conversation(alice, "A walk: to <the> lake?", active_at=NOON)
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt='a "dot"')
    question = make_message(conversation, "Where to <b>go</b>?")
    question.media.add(picture)
    make_message(conversation, "To the *hill*.", "assistant", parent=question)
    make_message(
        conversation,
        "# Home\n\n<script>alert(1)</script> [x](javascript:alert(1))\n\n```python\nprint(1)\n```",
        "assistant",
        parent=question,
        provider="Lake",
        model="perch_1",
        reasoning="Let me\nsee.",
        reasoning_seconds=4,
        sources=[
            {"url": "https://a.example/x y", "title": "Of [lakes]"},
            {"url": "javascript:alert(1)", "title": "Nothing"},
        ],
        status="failed",
        error={"code": "timeout", "message": "The provider did not answer in time."},
    )
    return conversation


def text_of(conversation: Conversation, kind: Format) -> str:
    return content(single(conversation, kind)).decode()


# --- names ---


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("A walk", "A walk"),
        ("../../etc/passwd", "etc passwd"),
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j"),
        ("  . hidden . ", "hidden"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("line\nbreak\ttab\0", "line break tab"),
        ("gpj.\u202eexe", "gpj. exe"),
        ("Прогулка 散歩 🦆", "Прогулка 散歩 🦆"),
        ("", ""),
    ],
)
def test_a_title_becomes_a_name(title: str, name: str) -> None:
    assert safe(title) == name


@given(st.text())
def test_every_name_is_one_that_any_system_takes(title: str) -> None:
    name = safe(title)
    assert len(name.encode()) <= 161
    assert not set(name) & set('<>:"/\\|?*')
    assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in name)
    assert name == name.strip(" .")
    assert safe(name) == name or name.startswith("_")


def test_two_conversations_of_a_title_have_two_names(alice: User) -> None:
    one, other = (make_conversation(alice, "A walk", active_at=NOON) for _ in range(2))
    assert conversation_name(one).startswith("2026-03-10 A walk ")
    assert conversation_name(one) != conversation_name(other)


# --- Markdown ---


def test_markdown_has_what_was_said_as_it_was_said(walk: Conversation) -> None:
    [name, picture] = sorted(zipped([walk], Format.MARKDOWN))
    text = zipped([walk], Format.MARKDOWN)[name].decode()
    for part in (
        r"# A walk: to \<the\> lake?",
        "Where to <b>go</b>?",
        "# Home\n\n<script>alert(1)</script>",
        r"## Lake · perch\_1 · ",
        "> Let me\n> see.",
        r"1. [Of \[lakes\]](<https://a.example/x%20y>)",
        "2. Nothing\n",
        "*The provider did not answer in time.*",
        f'![a "dot"](<{picture}>)',
        "There are further branches",
    ):
        assert part in text, part
    assert "hill" not in text
    assert picture.startswith("media/")
    assert zipped([walk], Format.MARKDOWN)[picture] == PNG


def test_markdown_without_pictures_is_one_file(alice: User) -> None:
    conversation = make_conversation(alice, "A walk", active_at=NOON)
    make_message(conversation, "Home.", "assistant")
    export = single(conversation, Format.MARKDOWN)
    assert export.name.endswith(".md")
    assert export.content_type == "text/markdown; charset=utf-8"
    assert b"further branches" not in content(export)


def test_markdown_with_pictures_is_an_archive(walk: Conversation) -> None:
    assert single(walk, Format.MARKDOWN).name.endswith(".zip")


# --- HTML ---


class Seen(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))


def test_html_has_no_scripts_and_asks_nobody(walk: Conversation) -> None:
    text = text_of(walk, Format.HTML)
    seen = Seen(text).elements
    assert not {tag for tag, _attributes in seen} & {"script", "link", "iframe", "object", "form"}
    for _tag, attributes in seen:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert not str(attributes.get("href", "")).startswith("javascript")
        assert str(attributes.get("src", "data:")).startswith("data:")
    assert "@import" not in text
    assert "url(" not in text
    assert "&lt;script&gt;" in text


def test_html_lets_its_own_style_in_and_nothing_else(walk: Conversation) -> None:
    text = text_of(walk, Format.HTML)
    style = text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    told = policy[1].replace("&#x27;", "'")
    assert told.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:")


def test_html_shows_the_conversation(walk: Conversation) -> None:
    text = text_of(walk, Format.HTML)
    for part in (
        "<title>A walk: to &lt;the&gt; lake?</title>",
        "Where to &lt;b&gt;go&lt;/b&gt;?",
        "Thought for 4 seconds",
        '<span class="nb">print</span>',
        f"data:image/png;base64,{base64.b64encode(PNG).decode()}",
        "a &quot;dot&quot;",
        "Of [lakes]",
        "The provider did not answer in time.",
        "There are further branches",
    ):
        assert part in text, part


def test_html_of_a_conversation_with_pictures_is_one_file(walk: Conversation) -> None:
    assert single(walk, Format.HTML).name.endswith(".html")


# --- JSON ---


def test_json_with_many_pictures_is_an_archive(
    walk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.exchange.outgoing.INSIDE_MAX", len(PNG) - 1)
    found = members(single(walk, Format.JSON))
    assert [name.split(".")[-1] for name in found] == ["json", "png"]


def test_a_picture_whose_file_is_lost_is_left_out(walk: Conversation) -> None:
    media = Media.objects.get()
    media.file.storage.delete(media.file.name or "")
    assert "data:image" not in text_of(walk, Format.HTML)
    [archived] = zipped([walk]).values()
    for document in (content(single(walk, Format.JSON)), archived):
        assert b'"media": [\n]}' in document
        [result] = import_bytes(walk.owner, document)
        assert (result.problem, result.messages) == ("", 3)


def test_a_picture_that_is_there_stays_beside_one_that_is_lost(walk: Conversation) -> None:
    lost = Media.objects.get()
    kept = store(
        walk.owner, examine(picture("PNG", (3, 3))), Media.Origin.UPLOADED, name="", alt=""
    )
    walk.messages.get(media=lost).media.add(kept)
    lost.file.storage.delete(lost.file.name or "")
    told = as_document(walk)
    assert [one["id"] for one in told["media"]] == [str(kept.pk)]
    assert [message["media"] for message in told["messages"]] == [[str(kept.pk)], [], []]


# --- archives ---


def test_every_owner_has_a_folder(alice: User, bob: User, walk: Conversation) -> None:
    make_conversation(bob, "Not a walk", active_at=NOON)
    everything = (one for chunk in in_chunks(Conversation.objects.all()) for one in chunk)
    found = members(archive(everything, Format.JSON, name="all", by_owner=True))
    assert {name.split("/")[0] for name in found} == {"alice", "bob"}
    assert [name for name in found if name.startswith("alice/media/")]


def test_long_and_short_conversations_are_all_there(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.exchange.stored.TOGETHER", 4)
    monkeypatch.setattr("webchat.exchange.outgoing.CHUNK", 2)
    lengths = [1, 3, 9, 2, 0, 5, 1]
    for length in lengths:
        conversation = make_conversation(alice, f"Of {length}", active_at=NOON)
        for number in range(length):
            make_message(conversation, f"Step {number}.", "assistant")
    everything = [one for chunk in in_chunks(Conversation.objects.all()) for one in chunk]
    for kind in Format:
        found = members(archive(everything, kind, name="all"))
        steps = sorted(data.count(b"Step ") for data in found.values())
        assert steps == sorted(lengths), kind


def test_an_archive_is_handed_on_while_it_is_made(alice: User) -> None:
    conversation = make_conversation(alice)
    for number in range(40):
        letters = "".join(chr(0x4E00 + (number * 7919 + n * 104729) % 20000) for n in range(5000))
        make_message(conversation, letters, "assistant")
    pieces = archive([conversation], Format.JSON, name="all").pieces
    sizes = [len(piece) for piece in pieces]
    assert len(sizes) > 2
    assert max(sizes) < 200_000

"""Files of others: what is wrong is said, and nothing takes more than it may."""

import base64
import io
import json
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.factories import make_conversation, make_message
from tests.pictures import PNG
from tests.webchat.exchange.files import as_document, import_bytes
from webchat.exchange.fields import BadFile
from webchat.exchange.unpack import Limits, unpack
from webchat.generation.images import examine, store
from webchat.models import Conversation, Media, Rating, User

SMALL = Limits(document=100_000, total=1_000_000, directory=2_000)
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def document(alice: User) -> dict[str, Any]:
    """A question with a picture, and its answer."""
    conversation = make_conversation(alice, "A walk")
    picture = store(alice, examine(PNG), Media.Origin.UPLOADED, name="dot.png", alt="")
    make_message(conversation, "Where to?").media.add(picture)
    make_message(
        conversation, "Home.", "assistant", sources=[{"url": "https://a.example", "title": "A"}]
    )
    return as_document(conversation)


def packed(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", how) as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return archive.getvalue()


def problem(owner: User, data: bytes, limits: Limits = SMALL) -> str:
    """What is said of a file with one thing in it, which is not brought in."""
    before = Conversation.objects.count(), Media.objects.count()
    try:
        [result] = import_bytes(owner, data, limits)
        said = result.problem
    except BadFile as error:
        said = str(error)
    assert said
    assert (Conversation.objects.count(), Media.objects.count()) == before
    return said


def files_there() -> set[Path]:
    return {file for file in Path(settings.MEDIA_ROOT, "media").rglob("*") if file.is_file()}


# --- what a document may say ---


def first(document: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = document["messages"][0]
    return message


def last(document: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = document["messages"][-1]
    return message


RATING = {"thumb": "up", "reason": "clear", "comment": "", "rated_at": "2026-03-10T12:00:00+00:00"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(format="x"), "not a conversation that Webchat exported"),
        (lambda d: d.update(version=2), "version 2"),
        (lambda d: d.update(conversation=[]), "conversation is not an object"),
        (lambda d: d["conversation"].update(title="x" * 121), "conversation.title: "),
        (lambda d: d["conversation"].update(title=7), "conversation.title: this has to be a text"),
        (lambda d: d["conversation"].update(pinned="yes"), "conversation.pinned: "),
        (lambda d: d["conversation"].update(active_at="soon"), "conversation.active_at: "),
        (lambda d: d["conversation"].update(active_at="2026-01-01T00:00:00"), "active_at: "),
        (lambda d: d["conversation"].update(active_at="0001-01-01T00:00:00+14:00"), "active_at: "),
        (lambda d: d["conversation"].update(active_message="x"), "there is no such message"),
        (lambda d: d["conversation"].update(endpoint=[]), "conversation.endpoint"),
        (lambda d: d.update(messages={}), "messages: this has to be a list"),
        (lambda d: d.update(messages=[7]), "messages[0] is not an object"),
        (lambda d: first(d).update(role="admin"), "messages[0].role: "),
        (lambda d: first(d).update(status="done"), "messages[0].status: "),
        (lambda d: first(d).update(parent=d["messages"][1]["id"]), "messages[0].parent: "),
        (lambda d: first(d).update(parent=first(d)["id"]), "messages[0].parent: "),
        (lambda d: d["messages"][1].update(id=first(d)["id"]), "messages[1].id: "),
        (lambda d: first(d).update(text=["x"]), "messages[0].text: "),
        (lambda d: first(d).update(reasoning_seconds="4"), "messages[0].reasoning_seconds: "),
        (lambda d: first(d).update(reasoning_seconds=1e300), "messages[0].reasoning_seconds: "),
        (lambda d: first(d).update(usage={"a": {"b": 1}}), "messages[0].usage: "),
        (lambda d: first(d).update(usage={str(n): n for n in range(200)}), "messages[0].usage: "),
        (lambda d: first(d).update(sources=[{"url": 1}]), "messages[0].sources[0].url: "),
        (lambda d: first(d).update(media=[{}]), "messages[0].media: "),
        (lambda d: last(d).update(rating=7), "messages[1].rating is not an object"),
        (lambda d: last(d).update(rating=RATING | {"thumb": "!"}), "messages[1].rating.thumb: "),
        (lambda d: last(d).update(rating=RATING | {"reason": "wrong"}), "rating.reason: "),
        (lambda d: last(d).update(rating=RATING | {"comment": "x" * 1001}), "rating.comment: "),
        (lambda d: last(d).update(rating=RATING | {"rated_at": None}), "rating.rated_at: "),
        (lambda d: d["media"][0].update(data="%%%"), "cannot be read"),
        (lambda d: d["media"][0].update(data=base64.b64encode(b"<svg/>").decode()), "PNG"),
        (lambda d: d["media"][0].update(data=""), "media[0].data: "),
        (lambda d: d["media"][0].update(data="", file="../../secret-key"), "is not in this file"),
        (lambda d: d["media"][0].update(origin="stolen"), "media[0].origin: "),
    ],
)
def test_what_is_wrong_is_named(
    bob: User, document: dict[str, Any], change: Change, said: str
) -> None:
    change(document)
    assert said in problem(bob, json.dumps(document).encode())


def test_files_of_a_conversation_that_does_not_come_in_do_not_stay(
    bob: User, document: dict[str, Any]
) -> None:
    broken = document["media"][0] | {"id": "second", "data": "AAAA"}
    document["media"].append(broken)
    first(document)["media"].append("second")
    before = files_there()
    assert "PNG" in problem(bob, json.dumps(document).encode())
    assert files_there() == before


def test_nothing_of_the_file_says_what_is_shown(bob: User, document: dict[str, Any]) -> None:
    """HTML, owners, sizes and types are worked out here."""
    document["messages"][1].update(html="<script>alert(1)</script>", renderer_version=99)
    document["conversation"].update(owner="alice", state="failed", message_count=99)
    document["media"][0].update(content_type="text/html", width=9, size=10**12, owner="alice")
    [result] = import_bytes(bob, json.dumps(document).encode())
    assert result.problem == ""
    new = Conversation.objects.get(owner=bob)
    assert (new.state, new.message_count) == ("complete", 2)
    assert not new.messages.exclude(html="").exists()
    media = Media.objects.get(owner=bob)
    assert (media.content_type, media.width, media.size) == ("image/png", 2, len(PNG))


def test_a_picture_that_the_file_has_lost_is_left_out(bob: User, document: dict[str, Any]) -> None:
    """Older exports still name it in the message."""
    first(document)["media"].append("lost")
    [result] = import_bytes(bob, json.dumps(document).encode())
    assert result.problem == ""
    new = Conversation.objects.get(owner=bob)
    assert [message.media.count() for message in new.messages.order_by("pk")] == [1, 0]
    assert new.has_images

    document.update(media=[])
    [result] = import_bytes(bob, json.dumps(document).encode())
    assert result.problem == ""
    assert not Conversation.objects.filter(owner=bob).latest("pk").has_images


def test_a_conversation_that_names_no_last_message_ends_with_the_last_one(
    bob: User, document: dict[str, Any]
) -> None:
    del document["conversation"]["active_message"]
    [result] = import_bytes(bob, json.dumps(document).encode())
    assert result.problem == ""
    leaf = Conversation.objects.get(owner=bob).active_leaf
    assert leaf and leaf.text == "Home."


def test_a_question_has_no_rating(bob: User, document: dict[str, Any]) -> None:
    first(document)["rating"] = RATING
    [result] = import_bytes(bob, json.dumps(document).encode())
    assert result.problem == ""
    assert not Rating.objects.exists()


def test_parameters_that_are_none_of_a_model_are_left_out(
    bob: User, document: dict[str, Any]
) -> None:
    wanted = {"temperature": 0.5, "base_url": "http://10.0.0.1", "proxy": "x", "api_key": "k"}
    document["conversation"]["parameters"] = wanted
    import_bytes(bob, json.dumps(document).encode())
    assert Conversation.objects.get(owner=bob).parameters == {"temperature": 0.5}


def test_a_time_that_is_yet_to_come_is_now(bob: User, document: dict[str, Any]) -> None:
    document["conversation"]["active_at"] = "9999-12-31T23:59:59+00:00"
    import_bytes(bob, json.dumps(document).encode())
    assert Conversation.objects.get(owner=bob).active_at <= datetime.now(UTC)


def test_characters_that_no_database_takes_are_replaced(
    bob: User, document: dict[str, Any]
) -> None:
    first(document)["text"] = "a\0b\ud800c"
    import_bytes(bob, json.dumps(document).encode())
    assert Conversation.objects.get(owner=bob).messages.filter(text="a\ufffdb\ufffdc").exists()


# --- JSON ---


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nothing",
        b"\xff\xfe",
        b"{",
        b"[{}",
        b"[{} {}]",
        b"{} {}",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"1" * 10_000,
    ],
)
def test_what_is_no_json_is_refused(bob: User, data: bytes) -> None:
    assert "JSON" in problem(bob, data)


def test_the_good_conversations_of_a_list_come_in(bob: User, document: dict[str, Any]) -> None:
    results = import_bytes(bob, json.dumps([document, {"format": "x"}, document]).encode())
    assert [bool(result.problem) for result in results] == [False, True, False]
    assert results[1].name == "file[1]"
    assert Conversation.objects.filter(owner=bob).count() == 2


def test_a_byte_order_mark_is_no_problem(bob: User, document: dict[str, Any]) -> None:
    [result] = import_bytes(bob, b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert result.problem == ""


def test_one_conversation_may_not_be_too_large(bob: User, document: dict[str, Any]) -> None:
    first(document)["text"] = "x" * 800_000
    assert "too large" in problem(bob, json.dumps(document).encode())


def test_a_list_is_longer_than_what_is_in_memory(bob: User, document: dict[str, Any]) -> None:
    first(document)["text"] = "x" * 50_000
    results = import_bytes(bob, json.dumps([document] * 20).encode(), SMALL)
    assert [result.problem for result in results] == [""] * 20


# --- archives ---


def test_an_archive_may_not_unpack_to_too_much(bob: User) -> None:
    bomb = packed({"a.json": b" " * 5_000_000})
    assert len(bomb) < 10_000
    assert "more than can be taken in" in problem(bob, bomb)


def test_pictures_count_too(bob: User, document: dict[str, Any]) -> None:
    document["media"][0].update(data="", file="media/a.png")
    files = {"a.json": json.dumps(document).encode(), "media/a.png": b"\0" * 2_000_000}
    assert "more than can be taken in" in problem(bob, packed(files))


def test_an_archive_of_very_many_files_is_not_even_opened(bob: User) -> None:
    assert "too many files" in problem(bob, packed({f"{n}.txt": b"" for n in range(50)}))


def test_an_archive_that_says_two_things_of_its_length_is_believed_the_larger(bob: User) -> None:
    data = packed({"a.json": b"{}"})
    record = b"PK\x06\x06" + bytes(36) + struct.pack("<QQ", 10**12, 0)
    locator = b"PK\x06\x07" + bytes(16)
    end = data.rindex(b"PK\x05\x06")
    assert "too many files" in problem(bob, data[:end] + record + locator + data[end:])


@pytest.mark.parametrize("cut", [30, 200, -30])
def test_a_broken_archive_is_refused(bob: User, document: dict[str, Any], cut: int) -> None:
    whole = packed({"a.json": json.dumps(document).encode()})
    assert problem(bob, whole[:cut])


def test_a_member_that_is_damaged_is_said_to_be(bob: User, document: dict[str, Any]) -> None:
    whole = bytearray(packed({"a.json": json.dumps(document).encode()}))
    for place in range(60, 90):
        whole[place] ^= 0xFF
    assert problem(bob, bytes(whole))


def test_an_encrypted_archive_is_refused(bob: User, document: dict[str, Any]) -> None:
    whole = bytearray(packed({"a.json": json.dumps(document).encode()}))
    whole[6] |= 1
    whole[whole.rindex(b"PK\x01\x02") + 8] |= 1
    assert "broken" in problem(bob, bytes(whole))


def test_a_picture_lies_beside_its_document(bob: User, document: dict[str, Any]) -> None:
    document["media"][0].update(data="", file="media/a.png")
    files = {"alice/a.json": json.dumps(document).encode(), "alice/media/a.png": PNG}
    [result] = import_bytes(bob, packed(files), SMALL)
    assert result.problem == ""
    assert Media.objects.filter(owner=bob).exists()


@pytest.mark.parametrize("place", ["/etc/passwd", "../../../etc/passwd", "a.json/../../x", "\0"])
def test_a_picture_is_read_from_the_archive_only(
    bob: User, document: dict[str, Any], place: str
) -> None:
    document["media"][0].update(data="", file=place)
    assert problem(bob, packed({"a.json": json.dumps(document).encode()}))


def test_an_archive_without_conversations_says_so(bob: User) -> None:
    assert "no conversation" in problem(bob, packed({"readme.txt": b"hello"}))


def test_a_reader_takes_one_conversation_after_the_other(bob: User, document: Any) -> None:
    files = {f"{n}.json": json.dumps(document).encode() for n in range(3)}
    found = unpack(io.BytesIO(packed(files)), "file", SMALL)
    assert next(found).name == "0.json"

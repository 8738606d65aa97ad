"""Law: whatever stands in a file, it comes in or a sentence says why not."""

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.webchat.exchange.test_chatgpt import conversation, heard, searched
from webchat.exchange.chatgpt import read_chatgpt
from webchat.exchange.document import read_document
from webchat.exchange.fields import BadFile
from webchat.exchange.json_items import json_items
from webchat.models import Conversation, Media, Message, Rating

MOMENT = "2026-03-10T12:00:00+00:00"
OWN: dict[str, Any] = {
    "format": "webchat-conversation",
    "version": 1,
    "conversation": {
        "title": "A walk",
        "created_at": MOMENT,
        "active_at": MOMENT,
        "endpoint": {"label": "Lake", "provider": "Demo"},
        "parameters": {"temperature": 1},
        "active_message": "a",
    },
    "messages": [
        {"id": "q", "parent": None, "role": "user", "status": "complete", "created_at": MOMENT},
        {
            "id": "a",
            "parent": "q",
            "role": "assistant",
            "status": "failed",
            "created_at": MOMENT,
            "sources": [{"url": "https://a.example", "title": ""}],
            "media": ["m"],
            "usage": {"prompt_tokens": 1},
            "error": {"code": "x", "can_retry": True},
            "rating": {"thumb": "up", "reason": "clear", "comment": "Yes", "rated_at": MOMENT},
        },
    ],
    "media": [{"id": "m", "origin": "uploaded", "created_at": MOMENT, "data": "AAAA"}],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something could be something else."""
    inner: Any = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def changed(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    document = copy.deepcopy(document)
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return document


@given(place=st.sampled_from(places(OWN)[1:]), value=JSON)
def test_a_document_is_read_or_refused(place: tuple[Any, ...], value: Any) -> None:
    try:
        found = read_document(changed(OWN, place, value))
    except BadFile as error:
        assert str(error)
        return
    Conversation(**found.columns).clean_fields(exclude=["owner", "title", "model", "endpoint"])
    for said in found.messages:
        message = Message(**said.columns)
        blank = ["sources", "usage", "timings", "error", "conversation", "parent", "text", "html"]
        message.clean_fields(exclude=[*blank, "reasoning", "finish_reason", "provider", "model"])
        if said.rating is not None:
            Rating(**said.rating).clean_fields(exclude=["message", "owner"])
    assert all(picture.origin in Media.Origin.values for picture in found.pictures)


SEARCHED = conversation(
    mapping={**conversation()["mapping"], **searched("a3", "q"), **heard("a4", "q")}
)


@given(place=st.sampled_from(places(SEARCHED)[1:]), value=JSON)
def test_an_export_of_chatgpt_is_read_or_refused(place: tuple[Any, ...], value: Any) -> None:
    try:
        found = read_chatgpt(changed(SEARCHED, place, value))
    except BadFile:
        return
    before: set[str] = set()
    for said in found.messages:
        assert said.parent is None or said.parent in before
        before.add(said.id)
        assert all(set(source) == {"url", "title"} for source in said.columns["sources"])
    assert found.active in before


class InPieces:
    """A file that gives less than it is asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        self._pieces = [data[start : start + size] for start in range(0, len(data), size)]

    def read(self, count: int, /) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


@given(values=st.lists(JSON, max_size=4), size=st.integers(1, 9), indent=st.none() | st.just(2))
def test_a_list_is_read_wherever_it_is_cut(
    values: list[Any], size: int, indent: int | None
) -> None:
    try:
        data = json.dumps(values, indent=indent, allow_nan=False).encode()
    except ValueError:
        return
    assert list(json_items(InPieces(data, size), 10_000)) == values

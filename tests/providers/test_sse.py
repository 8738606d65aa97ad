"""Server-sent events are the same however their bytes are cut."""

import json
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.errors import UnexpectedResponse
from providers.sse import Event, EventDecoder, events

STREAM = (
    "\ufeff: a comment\r\n"
    'data: {"a": "ü 😀 \u2028 \x0b\x85"}\r\n\r\n'
    "event: error\rdata:no space\rdata\rdata:  two spaces\r\r"
    "id: 7\nretry: 10\ndata: x\n\n\n"
    "event: nothing\n\n"
    "unknown: field\ndata: last"
).encode()
EXPECTED = [
    Event('{"a": "ü 😀 \u2028 \x0b\x85"}'),
    Event("no space\n\n two spaces", "error"),
    Event("x", "message", "7"),
    Event("last", "message", "7"),
]


def decode(*chunks: bytes, max_bytes: int = 1024 * 1024) -> list[Event]:
    decoder = EventDecoder(max_bytes)
    found = [event for chunk in chunks for event in decoder.feed(chunk)]
    return found + decoder.flush()


def test_a_stream_is_read_as_the_specification_says():
    assert decode(STREAM) == EXPECTED


@pytest.mark.parametrize("place", range(len(STREAM) + 1))
def test_a_cut_anywhere_changes_nothing(place):
    assert decode(STREAM[:place], STREAM[place:]) == EXPECTED


def test_a_stream_of_single_bytes_is_the_same():
    assert decode(*(STREAM[i : i + 1] for i in range(len(STREAM)))) == EXPECTED


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n\ufeff", exclude_categories=["Cs"]))),
    st.sampled_from(["\n", "\r", "\r\n"]),
    st.data(),
)
def test_any_texts_with_any_line_ends_come_through_any_cuts(texts, end, data):
    stream = "".join(f"data: {text}{end}{end}" for text in texts).encode()
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    cuts = [0, *places, len(stream)]
    chunks = [stream[a:b] for a, b in pairwise(cuts)]
    assert [event.data for event in decode(*chunks)] == texts


@given(st.binary(), st.data())
def test_no_bytes_are_an_error_and_cuts_never_matter(stream, data):
    place = data.draw(st.integers(0, len(stream)))
    assert decode(stream[:place], stream[place:]) == decode(stream)


@given(st.binary())
def test_events_are_those_of_a_plain_reading_of_the_specification(stream):
    text = re.split(r"\r\n|\r|\n", stream.removeprefix(b"\xef\xbb\xbf").decode("latin-1"))
    found, lines = [], []
    for line in [*text, ""]:
        name, _, value = line.partition(":")
        if not line and lines:
            found.append("\n".join(lines))
            lines = []
        elif name == "data":
            lines.append(value.removeprefix(" "))
    plain = [part.encode("latin-1").decode("utf-8", "replace") for part in found]
    assert [event.data for event in decode(stream)] == plain


def test_bytes_that_are_no_utf8_are_replaced():
    assert decode(b"data: \xff\xc3\n\n") == [Event("��")]


def test_an_id_with_nul_is_ignored():
    assert decode(b"id: a\0b\ndata: x\n\n") == [Event("x")]


@pytest.mark.parametrize(
    "chunk", [b"x" * 10, b"data: xxxx\n", b"data:\n"], ids=["no line end", "no event end", "empty"]
)
def test_an_event_without_end_is_an_error_and_not_a_memory(chunk):
    decoder = EventDecoder(max_bytes=1000)
    with pytest.raises(UnexpectedResponse, match="1000 bytes"):
        for _ in range(2000):
            decoder.feed(chunk)


def test_events_of_one_size_below_the_limit_may_come_for_ever():
    decoder = EventDecoder(max_bytes=20)
    for _ in range(1000):
        assert decoder.feed(b"id: 1\ndata: 0123456789\n\n") == [Event("0123456789", "message", "1")]


async def test_a_stream_of_chunks_becomes_a_stream_of_events():
    async def chunks():
        for number in range(3):
            yield f"data: {json.dumps(str(number))}\n\ndata: ".encode()

    assert [event.data async for event in events(chunks())] == [
        '"0"',
        'data: "1"',
        'data: "2"',
        "",
    ]

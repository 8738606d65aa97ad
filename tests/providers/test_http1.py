"""One reading of a body takes everything that is there, however the server cut it."""

from collections.abc import Callable, Mapping
from typing import Any

import anyio
import h11
import pytest
from anyio.abc import ByteStream
from hypothesis import given
from hypothesis import strategies as st

from providers.http1 import BadAnswer, Http1, HungUp, Question

QUESTION = Question("POST", b"/", [(b"Host", b"upstream"), (b"Content-Length", b"2")], b"{}")
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


class Wire(ByteStream):
    """A stream that gives these pieces, one a reading, and then its end."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.sent = b""
        self.readings = 0
        self.hung_up = False

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        return {}

    async def receive(self, max_bytes: int = 65536) -> bytes:
        self.readings += 1
        if not self.pieces:
            raise anyio.EndOfStream
        return self.pieces.pop(0)

    async def send(self, item: bytes) -> None:
        if self.hung_up:
            raise anyio.BrokenResourceError
        self.sent += item

    async def send_eof(self) -> None:
        raise NotImplementedError

    async def aclose(self) -> None:
        self.pieces.clear()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def bodies(http: Http1) -> list[bytes]:
    """What each reading gave."""
    found = []
    while piece := await http.read():
        found.append(piece)
    return found


async def test_chunks_that_came_together_are_read_together():
    wire = Wire(HEAD, chunk(b"one ") + chunk(b"two "), chunk(b"three") + END)
    http = Http1(wire)
    head = await http.ask(QUESTION, 1)
    assert head.status == 200
    assert wire.sent == b"POST / HTTP/1.1\r\nHost: upstream\r\nContent-Length: 2\r\n\r\n{}"
    assert await bodies(http) == [b"one two ", b"three"]
    assert http.finished
    assert wire.readings == 3


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=6), st.data())
async def test_a_body_is_the_same_wherever_its_bytes_are_cut(parts, data):
    answer = HEAD + b"".join(map(chunk, parts)) + END
    place = data.draw(st.integers(1, len(answer) - 1))
    http = Http1(Wire(answer[:place], answer[place:]))
    await http.ask(QUESTION, 1)
    assert b"".join(await bodies(http)) == b"".join(parts)
    assert http.finished


async def test_the_next_question_goes_over_the_same_stream():
    wire = Wire(HEAD + chunk(b"one") + END, HEAD, chunk(b"two"), END)
    http = Http1(wire)
    for said in (b"one", b"two"):
        await http.ask(QUESTION, 1)
        assert b"".join(await bodies(http)) == said
        assert http.finished


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nall of it",
        b"HTTP/1.0 200 OK\r\n\r\nall of it",
    ],
)
async def test_an_answer_that_ends_with_the_connection_lets_no_question_follow(answer):
    http = Http1(Wire(answer))
    await http.ask(QUESTION, 1)
    assert await bodies(http) == [b"all of it"]
    assert not http.finished


async def test_an_answer_that_is_announced_first_is_waited_for():
    http = Http1(Wire(b"HTTP/1.1 100 Continue\r\n\r\n", HEAD + END))
    assert (await http.ask(QUESTION, 1)).status == 200


async def test_who_hangs_up_while_he_is_asked_may_have_answered_before():
    wire = Wire(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    wire.hung_up = True
    assert (await Http1(wire).ask(QUESTION, 1)).status == 413


async def test_what_came_before_nonsense_is_handed_on_before_the_error():
    http = Http1(Wire(HEAD + chunk(b"half") + b"nonsense\r\n"))
    await http.ask(QUESTION, 1)
    assert await http.read() == b"half"
    with pytest.raises(BadAnswer):
        await http.read()


async def test_an_end_in_the_middle_is_an_error():
    for cut, said in [((HEAD, chunk(b"half")), "in the middle"), ((), "without an answer")]:
        http = Http1(Wire(*cut))
        with pytest.raises(HungUp, match=said):
            await http.ask(QUESTION, 1)
            await bodies(http)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nmore",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
    ],
)
async def test_what_is_no_answer_is_an_error(answer):
    with pytest.raises(BadAnswer):
        await Http1(Wire(answer)).ask(QUESTION, 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n"
        + END,
        b"HTTP/1.1 200\r\nX: \xe9\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked \r\n\r\n3\r\nabc\r\n" + END,
    ],
)
async def test_servers_that_are_careless_are_understood(answer):
    http = Http1(Wire(answer))
    assert (await http.ask(QUESTION, 1)).status == 200
    assert await bodies(http) == [b"abc"]


@pytest.mark.parametrize(
    "given", [b"gzip", b"gzip, chunked", b"gzip\r\nTransfer-Encoding: chunked", b"chunked\t"]
)
async def test_an_encoding_that_nobody_asked_for_is_an_error(given):
    wire = Wire(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + given + b"\r\n\r\n3\r\nabc\r\n" + END)
    with pytest.raises(BadAnswer):
        await Http1(wire).ask(QUESTION, 1)


@pytest.mark.parametrize("endless", [b"X: y\r\n", b"y" * 100])
async def test_what_follows_a_body_has_an_end(endless):
    wire = Wire(HEAD + chunk(b"one") + b"0\r\nX: ", *[endless * 1000] * 200)
    http = Http1(wire)
    await http.ask(QUESTION, 1)
    assert await http.read() == b"one"
    with pytest.raises(BadAnswer, match="no end"):
        await http.read()
    assert wire.pieces


async def test_a_head_without_an_end_is_an_error():
    for endless in (b"X: y\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"):
        wire = Wire(b"HTTP/1.1 200 OK\r\n" if endless.startswith(b"X") else b"")
        wire.pieces += [endless * 1000] * 200
        with pytest.raises(BadAnswer, match="no end"):
            await Http1(wire).ask(QUESTION, 1)
        assert wire.pieces


async def test_a_server_that_says_more_than_it_was_asked_is_asked_no_more():
    for more in (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"more"):
        http = Http1(Wire(HEAD + chunk(b"one") + END + more))
        await http.ask(QUESTION, 1)
        assert await bodies(http) == [b"one"]
        assert not http.finished


async def test_fields_behind_a_body_are_no_headers():
    http = Http1(Wire(HEAD + chunk(b"one") + b"0\r\nX-Late: 1\r\n\r\n"))
    head = await http.ask(QUESTION, 1)
    assert await bodies(http) == [b"one"]
    assert head.headers == [(b"Transfer-Encoding", b"chunked")]
    assert http.finished


async def test_an_answer_without_a_body_is_over_with_its_head():
    http = Http1(Wire(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert (await http.ask(QUESTION, 1)).status == 204
    assert await bodies(http) == []
    assert http.finished


async def test_a_question_that_would_be_two_is_not_sent():
    wire = Wire()
    with pytest.raises(h11.LocalProtocolError):
        await Http1(wire).ask(Question("GET", b"/", [(b"Host", b"a\r\nx: y")]), 1)
    assert wire.sent == b""

"""A kept connection that its server closes in the moment of a question is no failed question."""

import asyncio
import ssl

import pytest

from providers.connection import Connection, Route
from providers.errors import Timeout
from providers.http1 import HungUp, Question
from providers.timeouts import Timeouts
from tests.emulators.server import Server

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
QUESTION = Question("POST", b"/", [(b"Host", b"localhost"), (b"Content-Length", b"2")], b"{}")


class Upstream(Server):
    """Says to each question what its list says, whole or broken off; to None it says nothing."""

    def __init__(self, *answers):
        super().__init__()
        self.answers = list(answers)
        self.puzzled = asyncio.Event()

    async def handle(self, exchange):
        answer = self.answers.pop(0)
        if answer is None:
            self.puzzled.set()
            await exchange.until_client_leaves()
        elif answer:
            await exchange.raw(answer)
        if answer != ANSWER:
            exchange.cut()

    async def __aenter__(self):
        await super().__aenter__()
        route = Route("http", "127.0.0.1", self.port)
        self.connection = Connection(route, ssl.create_default_context)
        return self

    async def __aexit__(self, *error):
        await self.connection.aclose()
        await super().__aexit__(*error)

    @property
    def asked(self):
        return len(self.requests)

    async def ask(self, **limits):
        async with asyncio.timeout(5):
            await self.connection.ask(QUESTION, Timeouts(**limits))
            return await self.connection.read()


async def test_it_is_asked_once_more_on_a_fresh_connection():
    async with Upstream(ANSWER, b"", ANSWER) as upstream:
        assert await upstream.ask() == b"hi"
        assert await upstream.ask() == b"hi"
        assert (upstream.asked, upstream.connections) == (3, 2)


async def test_it_is_not_asked_a_third_time():
    async with Upstream(ANSWER, b"", b"", ANSWER) as upstream:
        await upstream.ask()
        with pytest.raises(HungUp):
            await upstream.ask()
        assert (upstream.asked, upstream.connections) == (3, 2)


async def test_who_hangs_up_on_a_fresh_connection_is_not_asked_again():
    async with Upstream(b"", ANSWER) as upstream:
        with pytest.raises(HungUp):
            await upstream.ask()
        assert upstream.asked == 1


@pytest.mark.parametrize("begin", [b"H", b"HTTP/1.1 103 Early Hints\r\n\r\n"])
async def test_who_has_begun_to_answer_is_not_asked_again(begin):
    async with Upstream(ANSWER, begin, ANSWER) as upstream:
        await upstream.ask()
        with pytest.raises(HungUp):
            await upstream.ask()
        assert upstream.asked == 2


async def test_who_does_not_answer_in_time_is_not_asked_again():
    async with Upstream(ANSWER, None, ANSWER) as upstream:
        await upstream.ask()
        with pytest.raises(Timeout, match="did not begin"):
            await upstream.ask(first_byte=0.1)
        assert upstream.asked == 2


async def test_a_cancelled_question_is_not_asked_again():
    async with Upstream(ANSWER, None, ANSWER) as upstream:
        await upstream.ask()
        asking = asyncio.ensure_future(upstream.ask())
        await asyncio.wait_for(upstream.puzzled.wait(), 3)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert (upstream.asked, upstream.connections) == (2, 1)

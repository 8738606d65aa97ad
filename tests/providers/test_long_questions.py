"""A question of many pictures takes as long as its line needs; only a line that stands still ends it."""

import asyncio

import pytest

from providers import http
from providers.errors import Timeout
from providers.timeouts import Timeouts

LONG = b"x" * 12_000_000  # more than the buffers of the system take at once
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Slow:
    """Reads a question after `first` seconds, and rests `pause` seconds after each 64 KiB."""

    def __init__(self, first=0.0, pause=0.0):
        self.first = first
        self.pause = pause
        self.reading = None

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.connected, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/"

    async def __aexit__(self, *error):
        self.server.close()
        self.reading.cancel()
        await asyncio.wait([self.reading])

    def connected(self, reader, writer):
        self.reading = asyncio.ensure_future(self.serve(reader, writer))

    async def serve(self, reader, writer):
        try:
            await asyncio.sleep(self.first)
            await reader.readuntil(b"\r\n\r\n")
            left = len(LONG)
            while left and (piece := await reader.read(min(65536, left))):
                left -= len(piece)
                await asyncio.sleep(self.pause)
            writer.write(ANSWER)
            await reader.read()
        except OSError:
            pass
        finally:
            writer.close()


async def tell(url, **limits):
    async with http.request("POST", url, content=LONG, timeout=Timeouts(**limits)) as response:
        return await response.read()


async def test_a_slow_line_may_take_longer_than_the_limit_of_one_slice():
    async with Slow(pause=0.01) as url:
        assert await tell(url, write=0.6) == b"hi"


async def test_the_wait_for_the_answer_counts_from_the_end_of_the_question():
    async with Slow(first=1.2) as url:
        assert await tell(url, first_byte=1) == b"hi"


@pytest.mark.parametrize(
    ("limits", "detail"),
    [({"write": 0.2}, "could not be sent"), ({"write": 9, "total": 0.2}, "did not begin")],
)
async def test_a_line_that_stands_still_ends_the_question(limits, detail):
    async with Slow(first=30) as url:
        with pytest.raises(Timeout, match=detail):
            async with asyncio.timeout(5):
                await tell(url, **limits)


async def test_the_whole_of_it_has_an_end_however_well_it_goes():
    async with Slow(pause=0.02) as url:
        with pytest.raises(Timeout, match="did not begin"):
            await tell(url, total=0.5)

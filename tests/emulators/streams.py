"""Server-sent events with the faults that a stream of them can have.

Faults of the stream: crlf, nospace, cut, stall-middle, bytes (chunk borders inside characters),
comments, huge, endless, no-newline.
"""

from collections.abc import Sequence

from tests.emulators.server import Exchange
from tests.emulators.talker import MEGABYTE, Talker

EVENT_STREAM = {"Content-Type": "text/event-stream;charset=utf-8", "Cache-Control": "no-cache"}


async def stream(
    talker: Talker, exchange: Exchange, events: Sequence[str], fault: str, bulk: str
) -> None:
    """Send events (each the text behind `data: `, lines apart) at the talker's pace.

    `bulk` is the large event that an endless stream repeats.
    """
    await exchange.begin(headers=EVENT_STREAM)
    for number, event in enumerate(events):
        if number == len(events) // 2 and await _break_off(exchange, fault, bulk):
            return
        data = _lines(event, fault)
        if fault == "no-newline" and number == len(events) - 1:
            data = data.rstrip(b"\n")
        if fault == "bytes":
            for byte in data:
                await exchange.send(bytes([byte]))
        else:
            await exchange.send(data)
        await talker.pause()
    await exchange.end()


def _lines(event: str, fault: str) -> bytes:
    field = "data:" if fault == "nospace" else "data: "
    lines = [f"{field}{line}" for line in event.split("\n")]
    if fault == "comments":
        lines = [": a comment", "event: message", "id: 7", "retry: 10", *lines]
    end = "\r\n" if fault == "crlf" else "\n"
    return (end.join(lines) + end * 2).encode()


async def _break_off(exchange: Exchange, fault: str, bulk: str) -> bool:
    if fault == "cut":
        exchange.cut()
    elif fault == "stall-middle":
        await exchange.until_client_leaves()
    elif fault == "huge":
        await exchange.send(b"data: ")
        for _ in range(100):
            await exchange.send(MEGABYTE)
    elif fault == "endless":
        while True:
            await exchange.send(_lines(bulk, fault))
    else:
        return False
    return True

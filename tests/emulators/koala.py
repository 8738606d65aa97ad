"""Koala's wire: server-sent events, each a piece of text as a JSON string.

Faults, besides those of every HTTP upstream (server.play_fault) and of a stream (streams.py):
done (ends with `[DONE]`), multiline, folded, object, not-json, null, silent.
"""

import json
from typing import Any

from tests.emulators.answers import BULK, answer_to, fragments
from tests.emulators.server import Exchange, play_fault
from tests.emulators.streams import stream
from tests.emulators.talker import Talker

PATH = "/api/gpt/"


class KoalaEmulator(Talker):
    """Answers the input; says 400 to anything but the four fields."""

    async def handle(self, exchange: Exchange) -> None:
        data = _body(exchange)
        if data is None:
            await exchange.respond(400, {"message": "no such request"})
            return
        fault = self.fault_for(data["input"])
        if not await play_fault(exchange, fault):
            events = [json.dumps(text) for text in fragments(answer_to(data["input"], "Koala"))]
            bulk = json.dumps(BULK)
            await stream(self, exchange, _spoil(events, fault), fault, bulk)


def _spoil(events: list[str], fault: str) -> list[str]:
    middle = len(events) // 2
    match fault:
        case "done":
            return [*events, "[DONE]"]
        case "multiline":  # several data lines in one event, each a string of its own
            return ["\n".join(events[at : at + 3]) for at in range(0, len(events), 3)]
        case "folded":  # one string over two data lines
            return [*events, '"folded\nstring"']
        case "object":
            return [*events[:middle], '{"error": "no"}', *events[middle:]]
        case "not-json":
            return [*events[:middle], "this is not JSON", *events[middle:]]
        case "null":
            return ["null", *events]
        case "silent":
            return ['""']
        case _:
            return events


def _body(exchange: Exchange) -> dict[str, Any] | None:
    """The body of a request as the upstream takes it, else None."""
    request = exchange.request
    try:
        data = request.json()
    except ValueError:
        return None
    if request.method != "POST" or request.path != PATH or not isinstance(data, dict):
        return None
    kinds = {"input": str, "inputHistory": list, "outputHistory": list, "model": str}
    return data if all(isinstance(data.get(name), kind) for name, kind in kinds.items()) else None

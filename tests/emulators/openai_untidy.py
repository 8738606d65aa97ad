"""Servers whose answer is whole, but not as it should be: untidy ends, wrong labels, long refusals.

Faults: finish-cut and finish-stall (a finish reason, and then the connection breaks, or nothing
comes), goes-on (every chunk has a finish reason), plain-json and plain-events (the right body under
a wrong label), repeats (the last chunk has the whole answer again), long-refusal (refuses
stream_options with far more words than anybody reads), keep-alive (comments for a while before the
first chunk, as servers under load send them).
"""

import asyncio
import json
from typing import Any

from tests.emulators.openai_chunks import chunks, completion
from tests.emulators.server import Exchange
from tests.emulators.streams import EVENT_STREAM

PAUSE = 0.3
COMMENTS = 6


async def play_untidy(exchange: Exchange, fault: str, model: str, prompt: str) -> bool:
    """Answer in an untidy way; False for an unknown name."""
    made = chunks(model, prompt)
    if fault == "plain-json":
        await exchange.respond(body="\r\n " + json.dumps(completion(model, prompt)))
    elif fault == "plain-events":
        await exchange.respond(body=_events(made), headers={"Content-Type": "application/json"})
    elif fault == "repeats":
        whole = completion(model, prompt)["choices"][0]["message"]
        for each in made:
            each["choices"][0]["message"] = whole
        await exchange.respond(body=_events(made), headers=EVENT_STREAM)
    elif fault == "keep-alive":
        await exchange.begin(headers=EVENT_STREAM)
        for _ in range(COMMENTS):
            await exchange.send(b": keep-alive\n\n")
            await asyncio.sleep(PAUSE)
        await exchange.send(_events(made))
        await exchange.end()
    elif fault == "long-refusal" and "stream_options" in exchange.request.json():
        said = {
            "type": "extra_forbidden",
            "loc": ["body", "stream_options"],
            "input": "x" * 300_000,
        }
        await exchange.respond(422, {"detail": [said]})
    elif fault in ("finish-cut", "finish-stall", "goes-on"):
        await _break_off(exchange, fault, made)
    else:
        return False
    return True


async def _break_off(exchange: Exchange, fault: str, made: list[dict[str, Any]]) -> None:
    await exchange.begin(headers=EVENT_STREAM)
    if fault == "goes-on":
        for each in made:
            each["choices"][0]["finish_reason"] = "stop"
        await exchange.send(_events(made[:5])[: -len(_DONE)])
        await asyncio.sleep(PAUSE)
        await exchange.send(_events(made[5:]))
        await exchange.end()
        return
    await exchange.send(_events(made)[: -len(_DONE)])
    if fault == "finish-cut":
        exchange.cut()
    else:
        await exchange.until_client_leaves()


_DONE = b"data: [DONE]\n\n"


def _events(made: list[dict[str, Any]]) -> bytes:
    return b"".join(f"data: {json.dumps(each)}\n\n".encode() for each in made) + _DONE

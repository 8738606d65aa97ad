"""Vitalentum's wire: a conversation encoded in JSON inside JSON, chunks of OpenAI's kind back.

Faults, besides those of every HTTP upstream (server.play_fault) and of a stream (streams.py):
no-choices, empty-choices, no-delta, null, length, no-done (ends after the last chunk), no-end
(ends without saying so), not-json, silent.
"""

import json
from typing import Any

from tests.emulators.answers import BULK, answer_to, fragments
from tests.emulators.server import Exchange, play_fault
from tests.emulators.streams import stream
from tests.emulators.talker import Talker

PATH = "/api/converse-edge"


class VitalentumEmulator(Talker):
    """Answers the last human words; says 400 with a message to a malformed conversation."""

    async def handle(self, exchange: Exchange) -> None:
        request = exchange.request
        if request.method != "POST" or request.path != PATH:
            await exchange.respond(404, {"message": "no such page"})
            return
        try:
            prompt = _prompt(request.json())
        except ValueError as error:
            await exchange.respond(400, {"message": str(error)})
            return
        fault = self.fault_for(prompt)
        if not await play_fault(exchange, fault):
            events = _events(answer_to(prompt, "Vitalentum"), fault)
            await stream(self, exchange, events, fault, json.dumps(_chunk({"content": BULK})))


def _prompt(data: Any) -> str:
    """The last words of the conversation. Raises ValueError as the upstream's template does."""
    if not isinstance(data, dict) or not isinstance(data.get("conversation"), str):
        raise ValueError("Invalid conversation")
    conversation = json.loads(data["conversation"])
    history = conversation.get("history") if isinstance(conversation, dict) else None
    if not isinstance(history, list):
        raise ValueError("Invalid conversation")
    if not 0 <= float(data.get("temperature", "nan")) <= 1:
        raise ValueError("Invalid temperature")
    if any(turn["speaker"] not in ("human", "bot") for turn in history):
        raise ValueError("Invalid speaker")
    return str(history[-1]["text"]) if history else ""


def _chunk(delta: Any, reason: str | None = None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-emulated",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "gpt-3.5-turbo-0613",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }


def _events(text: str, fault: str) -> list[str]:
    reason = "length" if fault == "length" else "stop"
    spoken = [] if fault == "silent" else [_chunk({"content": part}) for part in fragments(text)]
    chunks: list[Any] = [_chunk({"role": "assistant"}), *spoken, _chunk({}, reason)]
    strange: dict[str, Any] = {
        "no-choices": {"error": {"message": "overloaded"}},
        "empty-choices": {"choices": [], "usage": {"total_tokens": 7}},
        "no-delta": {"choices": [{"index": 0, "finish_reason": None}]},
        "null": _chunk({"content": None}),
    }
    if fault in strange:
        chunks.insert(len(chunks) // 2, strange[fault])
    events = [json.dumps(chunk) for chunk in chunks]
    if fault == "not-json":
        events.insert(len(events) // 2, "this is not JSON")
    if fault == "no-end":
        return events[:-1]
    return events if fault == "no-done" else [*events, "[DONE]"]

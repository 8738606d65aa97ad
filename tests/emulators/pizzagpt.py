"""Pizzagpt's wire: one question in JSON, one answer in JSON.

Faults, besides those of every HTTP upstream (server.play_fault): misuse, misuse-lower,
no-content, answer-null, missing, flat (the other shape of a good answer), list, half, huge,
endless, slow.
"""

from typing import Any

from tests.emulators.answers import answer_to
from tests.emulators.server import Exchange, play_fault
from tests.emulators.talker import Talker, flood

PATH = "/api/chatx-completion"
MISUSE = "Misuse detected. Please get in touch, we can come up with a solution for your use case."


class PizzagptEmulator(Talker):
    """Answers the question; says `MISUSE` to whoever does not know `secret`."""

    secret = "Marinara"

    async def handle(self, exchange: Exchange) -> None:
        question = _question(exchange)
        if question is None:
            await exchange.respond(400, {"message": "no such request"})
            return
        fault = self.fault_for(question)
        if fault == "slow":
            for _ in range(30):
                await self.pause()
        if exchange.request.headers.get("x-secret") != self.secret:
            await exchange.respond(body={"answer": {"content": MISUSE}})
        elif not await play_fault(exchange, fault):
            await self._answer_question(exchange, question, fault)

    async def _answer_question(self, exchange: Exchange, question: str, fault: str) -> None:
        text = answer_to(question, "Pizzagpt")
        bodies: dict[str, Any] = {
            "misuse": {"answer": {"content": MISUSE}},
            "misuse-lower": {"content": MISUSE.lower()},
            "no-content": {"answer": {"content": ""}},
            "answer-null": {"answer": None},
            "missing": {"something": "else"},
            "list": ["not", "an", "object"],
            "number": {"content": 5},
            "flat": {"content": text},
        }
        if fault == "half":
            await exchange.begin(headers={"Content-Type": "application/json"})
            await exchange.send('{"answer": {"content": "half of')
            exchange.cut()
        elif fault in ("huge", "endless"):
            size = 100 if fault == "huge" else None
            await flood(exchange, b'{"content": "', "application/json", size)
        else:
            await exchange.respond(body=bodies.get(fault, {"answer": {"content": text}}))


def _question(exchange: Exchange) -> str | None:
    """The question of a request as the upstream takes it, else None."""
    request = exchange.request
    if request.method != "POST" or request.path != PATH:
        return None
    try:
        data = request.json()
    except ValueError:
        return None
    question = data.get("question") if isinstance(data, dict) else None
    return question if isinstance(question, str) else None

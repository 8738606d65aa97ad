"""Websim's wire: a chat completion and an image generation, each one request and one answer.

Faults, besides those of every HTTP upstream (server.play_fault): 429 (always), 429-once,
429-twice, 429-after (with `Retry-After: 1`, once), 429-long (with an hour, always), rate-403
(always), plain, no-content, null, no-url, list, half, huge, endless, 504, 520.
"""

import asyncio
from collections import Counter
from typing import Any

from tests.emulators.answers import answer_to
from tests.emulators.picture import draw, size_for
from tests.emulators.server import Exchange, play_fault
from tests.emulators.talker import Talker, flood

CHAT = "/api/v1/inference/run_chat_completion"
IMAGE = "/api/v1/inference/run_image_generation"
LIMIT = {"error": {"message": "Rate limit exceeded"}}

# fault: status, headers, how many requests of one project are refused (None: all)
_REFUSALS: dict[str, tuple[int, dict[str, str], int | None]] = {
    "429": (429, {}, None),
    "429-once": (429, {}, 1),
    "429-twice": (429, {}, 2),
    "429-after": (429, {"Retry-After": "1"}, 1),
    "429-long": (429, {"Retry-After": "3600"}, None),
    "rate-403": (403, {}, None),
}


class WebsimEmulator(Talker):
    """Answers chats and draws pictures; the body is JSON whatever its content type says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked: Counter[str] = Counter()
        self._pictures: dict[str, bytes] = {}

    async def handle(self, exchange: Exchange) -> None:
        request = exchange.request
        if request.method == "GET" and request.path in self._pictures:
            await exchange.respond(
                body=self._pictures[request.path], headers={"Content-Type": "image/png"}
            )
            return
        data = _body(exchange)
        if data is None:
            await exchange.respond(400, {"error": "no such request"})
            return
        prompt = _prompt(data)
        fault = self.fault_for(prompt)
        if await self._refuse(exchange, fault, data["project_id"]):
            return
        if not await play_fault(exchange, fault) and not await _spoil(exchange, fault):
            chats = request.path == CHAT
            await (self._chat(exchange, prompt) if chats else self._draw(exchange, data))

    async def _refuse(self, exchange: Exchange, fault: str, project_id: str) -> bool:
        if fault not in _REFUSALS:
            return False
        status, headers, times = _REFUSALS[fault]
        self._asked[project_id] += 1
        if times is not None and self._asked[project_id] > times:
            return False
        await exchange.respond(status, LIMIT, headers)
        return True

    async def _chat(self, exchange: Exchange, prompt: str) -> None:
        content = f"\n{answer_to(prompt, 'Websim')}\n"
        await exchange.respond(body={"content": content, "role": "assistant"})

    async def _draw(self, exchange: Exchange, data: dict[str, Any]) -> None:
        path = f"/pictures/{len(self._pictures) + 1}.png"
        size = size_for(data["aspect_ratio"])
        tint = sum(data["prompt"].encode())
        self._pictures[path] = await asyncio.to_thread(draw, *size, tint)
        await exchange.respond(body={"url": f"{self.base_url}{path}"})


async def _spoil(exchange: Exchange, fault: str) -> bool:
    """Answer in a way only this upstream can; False for an unknown name."""
    bodies: dict[str, tuple[int, Any]] = {
        "plain": (200, "Just plain text."),
        "no-content": (200, {"role": "assistant"}),
        "null": (200, {"content": None, "url": None}),
        "no-url": (200, {"status": "done"}),
        "list": (200, ["not", "an", "object"]),
        "504": (504, "<html>Gateway Timeout</html>"),
        "520": (520, "<html>Web server is returning an unknown error</html>"),
    }
    if fault in bodies:
        await exchange.respond(*bodies[fault])
    elif fault == "half":
        await exchange.begin(headers={"Content-Type": "application/json"})
        await exchange.send('{"content": "half of')
        exchange.cut()
    elif fault in ("huge", "endless"):
        size = 100 if fault == "huge" else None
        await flood(exchange, b'{"content": "', "application/json", size)
    else:
        return False
    return True


def _body(exchange: Exchange) -> dict[str, Any] | None:
    """The body of a request as the upstream takes it, else None."""
    request = exchange.request
    try:
        data = request.json()
    except ValueError:
        return None
    wanted: dict[str, dict[str, type]] = {
        CHAT: {"project_id": str, "messages": list},
        IMAGE: {"project_id": str, "prompt": str, "aspect_ratio": str},
    }
    if request.method != "POST" or request.path not in wanted or not isinstance(data, dict):
        return None
    fields = wanted[request.path].items()
    return data if all(isinstance(data.get(name), kind) for name, kind in fields) else None


def _prompt(data: dict[str, Any]) -> str:
    if "prompt" in data:
        return str(data["prompt"])
    content = data["messages"][-1].get("content") if data["messages"] else ""
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content)
    return str(content)

"""OpenAI's wire: chat completions, streamed and whole, and the list of models.

Faults, besides those of every HTTP upstream (server.play_fault) and of every stream
(streams.stream): context, filter, quota, per-minute, no-usage (refuses stream_options), json (a whole answer
to a request for a stream), error-chunk, rate-chunk, not-json, line (an event of 1 MB), filtered,
refusal, length, no-done, unfinished, no-pictures (refuses a picture), and what openai_untidy.py
plays.
"""

import json
from typing import Any

from tests.emulators.openai_chunks import (
    MODELS,
    chunk,
    chunks,
    completion,
    model_list,
    usage_chunk,
)
from tests.emulators.openai_untidy import play_untidy
from tests.emulators.server import Exchange, play_fault
from tests.emulators.streams import stream
from tests.emulators.talker import Talker

_REFUSALS: dict[str, tuple[int, str, str]] = {
    "context": (
        400,
        "context_length_exceeded",
        "This model's maximum context length is 10 tokens, your SECRET-QUESTION has more.",
    ),
    "filter": (400, "content_filter", "The response was filtered."),
    "quota": (429, "insufficient_quota", "You exceeded your current quota."),
    "no-pictures": (404, "404", "No endpoints found that support image input"),
    "per-minute": (
        429,
        "rate_limit_exceeded",
        "Rate limit reached. Please try again in 1.98s. Need more tokens? Upgrade to Dev Tier today"
        " at https://console.groq.com/settings/billing",
    ),
}


class OpenAIEmulator(Talker):
    """Answers as several kinds of servers; `api_key` "" takes any key or none."""

    api_key = ""

    @property
    def base_url(self) -> str:
        return super().base_url + "/v1"

    async def handle(self, exchange: Exchange) -> None:
        request = exchange.request
        if self.api_key and request.headers.get("authorization") != f"Bearer {self.api_key}":
            await _refuse(exchange, 401, "invalid_api_key", "Incorrect API key provided.")
        elif request.method == "GET" and request.path == "/v1/models":
            if not await play_fault(exchange, self.fault):
                await exchange.respond(body=model_list())
        elif request.method == "POST" and request.path == "/v1/chat/completions":
            await self._complete(exchange)
        else:
            await exchange.respond(404, "<html>Not Found</html>")

    async def _complete(self, exchange: Exchange) -> None:
        try:
            body = exchange.request.json()
            model, prompt = str(body["model"]), _last_text(body["messages"])
        except (ValueError, KeyError, TypeError, IndexError):
            await _refuse(exchange, 400, "invalid_request", "We could not parse the body.")
            return
        fault = self.fault_for(prompt)
        if model not in MODELS:
            said = f"The model `{model}` does not exist or you do not have access to it."
            await _refuse(exchange, 404, "model_not_found", said)
        elif fault in _REFUSALS:
            await _refuse(exchange, *_REFUSALS[fault])
        elif fault == "no-usage" and "stream_options" in body:
            await _refuse(exchange, 400, "unknown", "Unrecognized argument: stream_options")
        elif await play_fault(exchange, fault) or await play_untidy(exchange, fault, model, prompt):
            return
        elif not body.get("stream") or fault == "json":
            await exchange.respond(body=completion(model, prompt))
        else:
            with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            events = _events(model, prompt, fault, with_usage)
            bulk = json.dumps(chunk(model, {"content": "more " * 10_000}))
            await stream(self, exchange, events, fault, bulk)


def _events(model: str, prompt: str, fault: str, with_usage: bool) -> list[str]:
    reason = {"filtered": "content_filter", "length": "length"}.get(fault, "stop")
    made: list[Any] = chunks(model, prompt, reason)
    if fault == "filtered":
        made = [made[0], made[-1]]
    if fault == "refusal":
        made = [made[0], chunk(model, {"refusal": "I must decline."}), made[-1]]
    if with_usage:
        made.append(usage_chunk(model))
    if fault in ("error-chunk", "rate-chunk"):
        kind = "rate_limit_exceeded" if fault == "rate-chunk" else "server_error"
        made[3:] = [{"error": {"message": "It broke.", "type": kind, "code": None}}]
    if fault == "line":
        made[2] = chunk(model, {"content": "x" * 1024 * 1024})
    if fault == "unfinished":
        made = made[:4]
    events = [json.dumps(each) for each in made]
    if fault == "not-json":
        events[3] = "{this is not JSON"
    return events if fault in ("no-done", "unfinished") else [*events, "[DONE]"]


def _last_text(messages: Any) -> str:
    content = messages[-1]["content"]
    if isinstance(content, str):
        return content
    return "".join(part.get("text", f"({part['type']})") for part in content)


async def _refuse(exchange: Exchange, status: int, code: str, message: str) -> None:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    await exchange.respond(status, {"error": error})

"""The objects of the chat completions wire, as OpenAI and the servers that copy it send them."""

import base64
from typing import Any

from tests.emulators.answers import answer_to, fragments
from tests.emulators.picture import draw

CREATED = 1_750_000_000
USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 42,
    "total_tokens": 53,
    "prompt_tokens_details": {"cached_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 7},
}
THOUGHT = "Somebody greets me. I should say something friendly and short."
CITATION = {"url": "https://example.org/a", "title": "The first page"}
CITED = "https://example.org/b"
PICTURE = "data:image/png;base64," + base64.b64encode(draw(64, 48, 120)).decode()

MODELS: dict[str, dict[str, Any]] = {
    "emulator": {"context_length": 8192},
    "emulator-reasoning": {"max_model_len": 4096},
    "emulator-openrouter": {
        "name": "Emulator: like OpenRouter",
        "architecture": {
            "input_modalities": ["text", "image"],
            "output_modalities": ["text", "image"],
        },
    },
    "emulator-think": {"meta": {"n_ctx_train": 2048}},
    "emulator-search": {},
    "emulator-mistral": {},
}


def model_list() -> dict[str, Any]:
    """The answer of `GET /models`."""
    data = [
        {"id": name, "object": "model", "created": CREATED, "owned_by": "emulator", **more}
        for name, more in MODELS.items()
    ]
    return {"object": "list", "data": data}


def completion(model: str, prompt: str) -> dict[str, Any]:
    """The whole answer at once."""
    message = {"role": "assistant", "content": answer_to(prompt, model), "refusal": None}
    return {
        "id": "chatcmpl-emulator",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": USAGE,
    }


def chunks(model: str, prompt: str, reason: str = "stop") -> list[dict[str, Any]]:
    """The answer in pieces, from the role to the finish reason."""
    deltas = [*_thinking(model), *_saying(model, prompt), *_extras(model)]
    made = [chunk(model, {"role": "assistant", "content": ""})]
    made += [chunk(model, delta) for delta in deltas]
    if model == "emulator-search":
        for each in made:
            each |= {"citations": [CITATION["url"], CITED], "search_results": [CITATION]}
    return [*made, chunk(model, {}, reason)]


def chunk(model: str, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    """One chunk with one choice."""
    return {
        "id": "chatcmpl-emulator",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}],
    }


def usage_chunk(model: str) -> dict[str, Any]:
    """The last chunk where usage was asked for: it has no choice."""
    return {**chunk(model, {}), "choices": [], "usage": USAGE}


def _thinking(model: str) -> list[dict[str, Any]]:
    pieces = fragments(THOUGHT)
    if model == "emulator-reasoning":
        return [{"reasoning_content": piece} for piece in pieces]
    if model == "emulator-openrouter":
        return [
            {
                "content": "",
                "reasoning": piece,
                "reasoning_details": [{"type": "reasoning.text", "text": piece}],
            }
            for piece in pieces
        ]
    if model == "emulator-mistral":
        return [
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": piece}]}]}
            for piece in pieces
        ]
    return []


def _saying(model: str, prompt: str) -> list[dict[str, Any]]:
    text = answer_to(prompt, model)
    if model == "emulator-think":
        text = f"<think>{THOUGHT}</think>{text}"
        return [{"content": text[i : i + 3]} for i in range(0, len(text), 3)]
    return [{"content": piece} for piece in fragments(text)]


def _extras(model: str) -> list[dict[str, Any]]:
    if model != "emulator-openrouter":
        return []
    note = {"type": "url_citation", "url_citation": {**CITATION, "start_index": 0, "end_index": 3}}
    picture = {"type": "image_url", "image_url": {"url": PICTURE}, "index": 0}
    return [{"content": "", "annotations": [note]}, {"content": "", "images": [picture]}]

"""The list of models of an OpenAI-compatible server, as the common servers write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.errors import UnexpectedResponse


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model that a server offers; None where it does not say.

    `context_length` is in tokens, `reads_images` and `draws` tell what it takes and gives.
    """

    id: str
    label: str = ""
    context_length: int | None = None
    reads_images: bool | None = None
    draws: bool | None = None


def parse_models(answer: Any) -> list[ModelInfo]:
    """The models of a decoded `/models` answer, each once, in the server's order.

    Understands `{"data": […]}` (OpenAI, vLLM, OpenRouter, LiteLLM), `{"models": […]}` (Ollama,
    Gemini) and a bare list. Raises UnexpectedResponse for anything else.
    """
    if isinstance(answer, Mapping):
        answer = answer.get("data") if "data" in answer else answer.get("models")
    if not isinstance(answer, list):
        raise UnexpectedResponse(
            "The address does not list models. Check the endpoint's address.",
            detail="no list of models",
        )
    found: dict[str, ModelInfo] = {}
    for entry in answer:
        if model := _model(entry):
            found.setdefault(model.id, model)
    return list(found.values())


def _model(entry: Any) -> ModelInfo | None:
    if isinstance(entry, str):
        return ModelInfo(entry) if entry else None
    if not isinstance(entry, Mapping):
        return None
    name = next((entry[key] for key in ("id", "model", "name") if entry.get(key)), None)
    if not isinstance(name, str):
        return None
    label = entry.get("name")
    takes, gives = _modalities(entry)
    return ModelInfo(
        id=name,
        label=label if isinstance(label, str) and label != name else "",
        context_length=_context_length(entry),
        reads_images=None if takes is None else "image" in takes,
        draws=None if gives is None else "image" in gives,
    )


def _modalities(entry: Mapping[str, Any]) -> tuple[list[Any] | None, list[Any] | None]:
    described = entry.get("architecture")
    if not isinstance(described, Mapping):
        return None, None
    takes, gives = described.get("input_modalities"), described.get("output_modalities")
    return takes if isinstance(takes, list) else None, gives if isinstance(gives, list) else None


def _context_length(entry: Mapping[str, Any]) -> int | None:
    """OpenRouter says context_length, vLLM max_model_len, llama.cpp meta.n_ctx_train."""
    meta = entry.get("meta")
    places = [entry.get("context_length"), entry.get("max_model_len")]
    if isinstance(meta, Mapping):
        places.append(meta.get("n_ctx_train"))
    return next((size for size in places if type(size) is int and size > 0), None)

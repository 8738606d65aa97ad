"""What a provider may yield: `str` (a fragment of the answer) or one of these frozen values.

Values hold data only: no Markdown, no HTML, no identity, no storage.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A fragment of what the model thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """One page the answer rests on. `title` may be empty."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """The pages the answer rests on, in the order of its citation marks `[1]`, `[2]`, …"""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ImageResponse:
    """Pictures: addresses or the bytes themselves (PNG, JPEG, WebP or GIF), with one description."""

    images: tuple[str | bytes, ...]
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the upstream counted them; None where it did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    details: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FinishReason:
    """Why the answer ended; the last value of every answer that ended well."""

    reason: str = "stop"


Value = str | Reasoning | Sources | ImageResponse | Usage | FinishReason

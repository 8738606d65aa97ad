"""What a person asks the demonstration for, found by words in what they wrote."""

import re
from dataclasses import dataclass

DEFAULT_PACE = 60.0
_MAX_WORDS = 50_000

_PACES = (
    (re.compile(r"\b(instant(ly)?|at once|as fast as (you|possible))\b"), 1_000_000.0),
    (re.compile(r"\bvery slow(ly)?\b"), 4.0),
    (re.compile(r"\bslow(ly|er)?\b"), 12.0),
    (re.compile(r"\b(fast(er)?|quick(ly)?)\b"), 300.0),
)
_RATE = re.compile(r"\b(\d{1,6})\s*(?:tokens?|toks?|t)\s*(?:/|per|a)\s*s")
_WORDS = re.compile(r"\b(\d{1,6})[\s-]*words?\b")
_PARTS = {
    "code": re.compile(r"\b(code|python|javascript|programs?|functions?|scripts?)\b"),
    "maths": re.compile(r"\b(maths?|formulas?|equations?|integrals?)\b"),
    "table": re.compile(r"\btables?\b"),
    "list": re.compile(r"\b(lists?|steps|checklist)\b"),
    "picture": re.compile(r"\b(pictures?|images?|draw|paint|photos?|landscapes?)\b"),
    "sources": re.compile(r"\b(sources?|citations?|cite|references)\b"),
    "reasoning": re.compile(r"\b(reason(ing)?|think(ing)?|thoughts?)\b"),
}
_LONG = re.compile(r"\b(long|essay|story|article)\b")
_TOUR = re.compile(r"\b(tour|everything|help|what can you do)\b")
_FAULT = re.compile(r"\berror:?\s+([a-z ]{3,40})|\b(cut off|stall)\b")
_FAULT_NAMES = {
    "rate": "rate limit",
    "time": "timeout",
    "auth": "authentication",
    "key": "authentication",
    "model": "model",
    "context": "too long",
    "too long": "too long",
    "block": "blocked",
    "filter": "blocked",
    "reject": "rejected",
    "unavailable": "unavailable",
    "unexpected": "unexpected",
    "nonsense": "unexpected",
    "cut": "cut off",
    "stall": "stall",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """One request, understood. `pace` is in tokens a second, `words` 0 where none were named."""

    pace: float = DEFAULT_PACE
    words: int = 0
    parts: tuple[str, ...] = ()
    fault: str = ""
    tour: bool = False


def read_wishes(text: str) -> Wishes:
    """The wishes in a message; nothing it holds is an error."""
    text = text.casefold()[:20_000]
    words = _WORDS.search(text)
    return Wishes(
        pace=_pace(text),
        words=min(int(words[1]), _MAX_WORDS) if words else 400 if _LONG.search(text) else 0,
        parts=tuple(name for name, pattern in _PARTS.items() if pattern.search(text)),
        fault=_fault(text),
        tour=bool(_TOUR.search(text)),
    )


def _pace(text: str) -> float:
    if rate := _RATE.search(text):
        return max(1.0, float(rate[1]))
    return next((pace for pattern, pace in _PACES if pattern.search(text)), DEFAULT_PACE)


def _fault(text: str) -> str:
    found = _FAULT.search(text)
    if not found:
        return ""
    said = found[1] or found[2]
    return next((name for word, name in _FAULT_NAMES.items() if word in said), "")

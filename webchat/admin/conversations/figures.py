"""What is known in numbers about one answer, in words."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from webchat.metrics.speed import tokens_a_second
from webchat.models import Message


def figures(message: Message) -> list[tuple[str, str]]:
    """Names and values: times, speed, tokens, and how the answer ended."""
    return [*_times(message), *_tokens(message.usage), *_finish(message)]


def _times(message: Message) -> list[tuple[str, str]]:
    first, total = message.timings.get("first"), message.timings.get("total")
    found = []
    if isinstance(first, int | float):
        found.append((_("first token"), _seconds(first)))
    if isinstance(total, int | float):
        found.append((_("in all"), _seconds(total)))
    if (speed := _speed(first, total, message.usage.get("completion_tokens"))) is not None:
        found.append((_("tokens a second"), number_format(speed, 0)))
    return found


def _seconds(seconds: float) -> str:
    return _("%(seconds)s s") % {"seconds": number_format(seconds, 2)}


def _speed(first: Any, total: Any, tokens: Any) -> float | None:
    """Tokens a second, from the first one on; None for an answer that came all at once."""
    if not all(isinstance(value, int | float) for value in (first, total, tokens)):
        return None
    return tokens_a_second(first, total, tokens)


def _tokens(usage: dict[str, Any]) -> list[tuple[str, str]]:
    names = {
        "prompt_tokens": _("tokens of the question"),
        "completion_tokens": _("tokens of the answer"),
        "total_tokens": _("tokens in all"),
    }
    known = [(words, str(usage[name])) for name, words in names.items() if name in usage]
    return known + [(name, str(value)) for name, value in usage.items() if name not in names]


def _finish(message: Message) -> list[tuple[str, str]]:
    return [(_("finish reason"), message.finish_reason)] if message.finish_reason else []

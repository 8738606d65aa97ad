"""Conversations as one text, for upstreams that take no list of messages."""

from collections.abc import Mapping, Sequence
from typing import Any

Messages = Sequence[Mapping[str, Any]]


def text_of(content: Any) -> str:
    """The text of a message's content: a string, None, or a list of parts (pictures left out)."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return _text_of_part(content)
    if isinstance(content, Sequence):
        return "".join(text_of(part) for part in content)
    return ""


def _text_of_part(part: Mapping[str, Any]) -> str:
    if "name" in part or part.get("type") != "text":
        return ""
    return str(part.get("text") or "")


def format_prompt(
    messages: Messages,
    add_special_tokens: bool = False,
    do_continue: bool = False,
    include_system: bool = True,
) -> str:
    """The conversation as `Role: text` lines and a last `Assistant:`.

    One message alone stays bare unless `add_special_tokens`. Blank messages are left out;
    `do_continue` leaves the last line out, `include_system=False` the system messages.
    """
    if len(messages) == 1 and not add_special_tokens:
        return text_of(messages[0].get("content"))
    lines = [
        f"{str(message.get('role', '')).capitalize()}: {text}"
        for message in messages
        if include_system or message.get("role") != "system"
        if (text := text_of(message.get("content"))).strip()
    ]
    return "\n".join(lines if do_continue else [*lines, "Assistant:"])


def get_system_prompt(messages: Messages) -> str:
    """The system messages, one a line."""
    return "\n".join(
        text_of(message.get("content")) for message in messages if message.get("role") == "system"
    )


def get_last_user_message(messages: Messages) -> str:
    """What the person said last: the run of user messages at the very end, one a line.

    Empty when the conversation ends with somebody else.
    """
    texts: list[str] = []
    for message in reversed(messages):
        if message.get("role") != "user":
            break
        if text := text_of(message.get("content")).strip():
            texts.append(text)
    return "\n".join(reversed(texts))


def format_image_prompt(messages: Messages, prompt: str | None = None) -> str:
    """What to draw: `prompt` where it is given (even empty), else the last user message."""
    return get_last_user_message(messages) if prompt is None else prompt

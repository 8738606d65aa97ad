"""`conversations.json` of ChatGPT's data export: what was asked and answered, with its branches.

What tools and hidden instructions said is left out, and so are pictures, which other files hold.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from webchat.exchange.chatgpt_marks import cited
from webchat.exchange.document import ID_MAX, MESSAGES_MAX, TEXT_MAX, Document, Said
from webchat.exchange.fields import BadFile, Fields, clean, is_number
from webchat.generation.titles import first_words
from webchat.models import TITLE_LENGTH, Message

PROVIDER = "ChatGPT"
ROLES = {"user": Message.Role.USER, "assistant": Message.Role.ASSISTANT}
NODES_MAX = 5 * MESSAGES_MAX  # tools and hidden nodes included


def is_chatgpt(value: Any) -> bool:
    return isinstance(value, dict) and "mapping" in value and "format" not in value


def read_chatgpt(data: Any) -> Document:
    """One conversation of the export. Raises BadFile."""
    top = Fields(data, "")
    nodes = top.raw("mapping")
    if not isinstance(nodes, dict) or len(nodes) > NODES_MAX:
        raise top.wrong("mapping", _("this has to be an object with the messages."))
    created = _moment(top.raw("create_time")) or timezone.now()
    shown: dict[str, str | None] = {}  # the message that stands for a node: its own, or one above
    messages: list[Said] = []
    for pk in _downwards(nodes):
        above = shown.get(str(nodes[pk].get("parent")))
        said = _said(pk, above, nodes[pk].get("message"), created)
        shown[pk] = said.id if said else above
        if said:
            messages.append(said)
    if not messages:
        raise BadFile(_("Nothing was said in this conversation."))
    columns = {
        "title": top.text("title", TITLE_LENGTH, cut=True)
        or first_words(messages[0].columns["text"]),
        "created_at": created,
        "active_at": _moment(top.raw("update_time")) or created,
        "archived": bool(top.raw("is_archived")),
    }
    current = shown.get(str(top.raw("current_node"))) or messages[-1].id
    return Document(columns, messages, current)


def _downwards(nodes: dict[str, Any]) -> Iterator[str]:
    """Every node that hangs on a beginning, after the one it hangs on, and once."""
    if not all(isinstance(node, dict) and len(pk) <= ID_MAX for pk, node in nodes.items()):
        raise BadFile(_("The messages of this conversation cannot be read."))
    children: dict[str | None, list[str]] = {}
    for pk, node in nodes.items():
        parent = str(node.get("parent"))
        children.setdefault(parent if parent in nodes else None, []).append(pk)
    level = children.get(None, [])
    while level:
        yield from level
        level = [child for pk in level for child in children.get(pk, [])]


def _said(pk: str, parent: str | None, message: Any, created: datetime) -> Said | None:
    """The message of a node; None for one that its owner never saw."""
    if not isinstance(message, dict):
        return None
    told = message.get("metadata")
    metadata = told if isinstance(told, dict) else {}
    author = message.get("author")
    role = ROLES.get(str(author.get("role"))) if isinstance(author, dict) else None
    hidden = metadata.get("is_visually_hidden_from_conversation")
    if role is None or hidden or message.get("recipient", "all") != "all":
        return None
    answer = role == Message.Role.ASSISTANT
    written = _text(message.get("content"))
    text, sources = cited(written, metadata) if answer else (written, [])
    if not text.strip():
        return None
    model = metadata.get("model_slug")
    columns = {
        "role": str(role),
        "created_at": _moment(message.get("create_time")) or created,
        "text": clean(text[:TEXT_MAX]),
        "sources": sources,
        "provider": PROVIDER if answer else "",
        "model": clean(model[:200]) if answer and isinstance(model, str) else "",
        "status": str(Message.Status.COMPLETE),
    }
    return Said(pk, parent, columns, [])


def _text(content: Any) -> str:
    if not isinstance(content, dict):
        return ""
    if content.get("content_type") == "code":
        code = content.get("text")
        return f"```\n{code}\n```" if isinstance(code, str) and code.strip() else ""
    parts = content.get("parts")
    return "\n\n".join(filter(None, map(_words, parts))) if isinstance(parts, list) else ""


def _words(part: Any) -> str:
    """What was written, or heard in a conversation by voice; not a picture, nor the sound."""
    if isinstance(part, dict) and part.get("content_type") == "audio_transcription":
        part = part.get("text")
    return part if isinstance(part, str) else ""


def _moment(seconds: Any) -> datetime | None:
    if not is_number(seconds) or not 0 <= seconds <= 1e11:
        return None
    try:
        return min(datetime.fromtimestamp(seconds, UTC), timezone.now())
    except (OverflowError, ValueError, OSError):
        return None

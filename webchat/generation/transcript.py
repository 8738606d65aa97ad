"""A conversation as the page shows it: the active path, the newest part of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from webchat.generation.prompt import path_to, skeleton
from webchat.generation.records import rendered
from webchat.models import Conversation, Message
from webchat.rendering.markdown import RENDERER_VERSION, stored

PAGE_LENGTH = 50  # messages rendered at once; older ones come by a link


@dataclass(frozen=True)
class TranscriptPage:
    """Messages in the order they are read; `first` asks for the page before."""

    messages: list[Message]
    has_older: bool
    first: UUID | None


def page(
    conversation: Conversation, before: UUID | None = None, limit: int = PAGE_LENGTH
) -> TranscriptPage:
    """The newest `limit` messages of the active path, or those before the message `before`."""
    path = path_to(conversation.active_leaf_id, skeleton(conversation))
    if before in path:
        path = path[: path.index(before)]
    shown = path[-limit:]
    messages = load(shown)
    return TranscriptPage(messages, len(path) > len(shown), shown[0] if shown else None)


def load(ids: Sequence[UUID]) -> list[Message]:
    """These messages in this order, with all that a template shows of them."""
    query = Message.objects.filter(pk__in=ids).select_related("run").prefetch_related("media")
    found = {message.pk: message for message in query}
    messages = [found[pk] for pk in ids if pk in found]
    for message in messages:
        _refresh_html(message)
        message.html = stored(message.html)
    return messages


def _refresh_html(message: Message) -> None:
    """Bring the HTML up to this renderer; of a finished answer it is stored for the next time."""
    if message.role != Message.Role.ASSISTANT or message.renderer_version == RENDERER_VERSION:
        return
    for name, value in rendered(message.pk, message.text, message.sources).items():
        setattr(message, name, value)
    if not message.is_streaming:
        Message.objects.filter(pk=message.pk).exclude(status=Message.Status.STREAMING).update(
            html=message.html, renderer_version=message.renderer_version
        )

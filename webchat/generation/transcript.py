"""A conversation as the page shows it: a part of one path, the newest part of the active one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from webchat.generation.prompt import path_to
from webchat.generation.records import rendered
from webchat.generation.tree import Tree
from webchat.models import Conversation, Message
from webchat.rendering.markdown import RENDERER_VERSION, stored

PAGE_LENGTH = 50  # messages rendered at once; older ones come by a link


@dataclass(frozen=True)
class Place:
    """Which part is asked for: around the message `at`, or right `before` or `after` another."""

    at: UUID | None = None
    before: UUID | None = None
    after: UUID | None = None

    @property
    def message(self) -> UUID | None:
        return self.at or self.before or self.after


NEWEST = Place()


@dataclass(frozen=True)
class TranscriptPage:
    """Messages in the order they are read; `first` and `last` ask for the pages beside it.

    `is_aside` says that they are of a path that is not the active one.
    """

    messages: list[Message]
    has_older: bool
    has_newer: bool
    is_aside: bool
    first: UUID | None
    last: UUID | None


def page(
    conversation: Conversation, place: Place = NEWEST, limit: int = PAGE_LENGTH
) -> TranscriptPage:
    """The newest `limit` messages of the active path, or those at a place in any path."""
    tree = Tree.of(conversation)
    path = path_to(conversation.active_leaf_id, tree.parents)
    is_aside = place.message in tree.parents and place.message not in path
    if is_aside:
        path = tree.path(place.message, conversation.active_leaf_id)
    start, end = _span(path, place, limit)
    shown = path[start:end]
    first, last = (shown[0], shown[-1]) if shown else (None, None)
    return TranscriptPage(load(shown), start > 0, end < len(path), is_aside, first, last)


def _span(path: Sequence[UUID], place: Place, limit: int) -> tuple[int, int]:
    """Where in the path the page begins and ends."""
    if place.message not in path:
        return max(0, len(path) - limit), len(path)
    found = path.index(place.message)
    if place.at:
        start = max(0, min(found - limit // 2, len(path) - limit))
        return start, min(start + limit, len(path))
    if place.before:
        return max(0, found - limit), found
    return found + 1, min(found + 1 + limit, len(path))


def load(ids: Sequence[UUID]) -> list[Message]:
    """These messages in this order, with all that a template shows of them."""
    query = (
        Message.objects.filter(pk__in=ids).select_related("run", "rating").prefetch_related("media")
    )
    found = {message.pk: message for message in query}
    return ready([found[pk] for pk in ids if pk in found])


def ready(messages: list[Message]) -> list[Message]:
    """These messages with the HTML of this renderer, declared safe."""
    _refresh_html(messages)
    for message in messages:
        message.html = stored(message.html)
    return messages


def _refresh_html(messages: Sequence[Message]) -> None:
    """Bring the HTML up to this renderer; of finished answers it is stored for the next time.

    That of a newer one, which runs beside this during a rolling restart, is left as it is.
    """
    old = [
        message
        for message in messages
        if message.role == Message.Role.ASSISTANT and message.renderer_version < RENDERER_VERSION
    ]
    for message in old:
        for name, value in rendered(message.pk, message.text, message.sources).items():
            setattr(message, name, value)
    finished = [message for message in old if not message.is_streaming]
    still = Message.objects.exclude(status=Message.Status.STREAMING)
    still.bulk_update(finished, ["html", "renderer_version"])

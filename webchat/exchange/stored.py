"""A conversation as it is stored: a short one read at once with its neighbours, a long one in pieces."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet

from webchat.generation import transcript
from webchat.generation.tree import Tree
from webchat.models import Conversation, Media, Message

CHUNK = 20  # messages of a long conversation in memory; each may hold some hundred thousand letters
TOGETHER = 200  # messages of short conversations that are read at once
PIECE = 3 * 64 * 1024  # bytes of a file read at once; divisible by three, as base64 wants it


class Stored:
    """What every format is made from. `messages` are all there are, where they are known already."""

    def __init__(
        self, conversation: Conversation, messages: Sequence[Message] | None = None
    ) -> None:
        self.conversation = conversation
        self._known = None if messages is None else {one.pk: one for one in messages}
        self._tree = (
            Tree.of(conversation)
            if messages is None
            else Tree({message.pk: message.parent_id for message in messages})
        )

    @property
    def title(self) -> str:
        return self.conversation.name

    def all_messages(self) -> Iterator[Message]:
        """Every message of every branch, after the one it answers."""
        return self._load(self._tree.downwards())

    def branch(self) -> Iterator[Message]:
        """The messages of the branch that its owner sees."""
        return self._load(self._path)

    def rendered_branch(self) -> Iterator[Message]:
        """The same, each with its HTML."""
        if self._known is not None:
            yield from transcript.ready([self._known[pk] for pk in self._path])
            return
        for chunk in _chunks(self._path):
            yield from transcript.load(chunk)

    @property
    def has_other_branches(self) -> bool:
        return len(self._path) < len(self._tree.parents)

    @cached_property
    def _path(self) -> list[UUID]:
        return self._tree.path(None, self.conversation.active_leaf_id)

    def _load(self, ids: Iterable[UUID]) -> Iterator[Message]:
        for chunk in _chunks(ids):
            found = self._known
            if found is None:
                query = _whole(Message.objects.filter(pk__in=chunk)).defer("html")
                found = {message.pk: message for message in query}
            yield from (found[pk] for pk in chunk if pk in found)

    @cached_property
    def pictures(self) -> list[Media]:
        """Those of all messages, the oldest first; one whose file is lost is none."""
        return [one for one in self._shown() if one.file.storage.exists(one.file.name or "")]

    def _shown(self) -> Iterable[Media]:
        if self._known is None:
            shown = Media.objects.filter(messages__conversation=self.conversation)
            return shown.distinct().order_by("pk")
        found = {one.pk: one for message in self._known.values() for one in message.images}
        return [found[pk] for pk in sorted(found)]


def stored(conversations: Iterable[Conversation], *, rendered: bool) -> Iterator[Stored]:
    """One after the other, in their order; `rendered` says whether their HTML is wanted."""
    batch: list[Conversation] = []
    for conversation in conversations:
        count = conversation.message_count
        if batch and count + sum(one.message_count for one in batch) > TOGETHER:
            yield from _together(batch, rendered)
            batch = []
        if count <= TOGETHER:
            batch.append(conversation)
        else:
            yield Stored(conversation)
    yield from _together(batch, rendered)


def _together(batch: Sequence[Conversation], rendered: bool) -> Iterator[Stored]:
    query = _whole(Message.objects.filter(conversation__in=batch)).order_by("created_at", "pk")
    if not rendered:
        query = query.defer("html")
    messages: dict[UUID, list[Message]] = {one.pk: [] for one in batch}
    for message in query:
        messages[message.conversation_id].append(message)
    for conversation in batch:
        yield Stored(conversation, messages[conversation.pk])


def _whole(query: QuerySet[Message]) -> QuerySet[Message]:
    """With what is told of a message beside its own row."""
    return query.select_related("rating").prefetch_related("media")


def _chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    left = iter(ids)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def read_file(media: Media) -> Iterator[bytes]:
    """The bytes; nothing when somebody has deleted the picture by now."""
    with suppress(FileNotFoundError), media.file.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece

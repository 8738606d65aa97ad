"""A conversation for somebody who reads all of it: every branch, a page at a time."""

from dataclasses import dataclass
from math import ceil
from uuid import UUID

from webchat.generation.transcript import PAGE_LENGTH, load
from webchat.generation.tree import Tree
from webchat.models import Conversation, Message


@dataclass(frozen=True)
class Turn:
    """A message, and where it stands among those that were said in its place."""

    message: Message
    number: int
    count: int
    previous: UUID | None
    following: UUID | None


@dataclass(frozen=True)
class ReadingPage:
    """Page `number` of `count`, counted from the beginning; the last one is full."""

    turns: list[Turn]
    number: int
    count: int


def read(
    conversation: Conversation,
    *,
    through: UUID | None = None,
    number: int | None = None,
    limit: int = PAGE_LENGTH,
) -> ReadingPage:
    """A page of the branch that leads `through` a message, else of the one the owner sees.

    Without a `number` it is the page of that message, else the last one.
    """
    tree = Tree.of(conversation)
    path = tree.path(through, conversation.active_leaf_id)
    count = max(1, ceil(len(path) / limit))
    if number is None:
        number = (
            count - (len(path) - 1 - path.index(through)) // limit if through in path else count
        )
    number = min(max(number, 1), count)
    end = len(path) - (count - number) * limit
    messages = load(path[max(0, end - limit) : end])
    return ReadingPage([_turn(message, tree) for message in messages], number, count)


def _turn(message: Message, tree: Tree) -> Turn:
    siblings = tree.siblings(message.pk)
    place = siblings.index(message.pk)
    return Turn(
        message,
        place + 1,
        len(siblings),
        siblings[place - 1] if place else None,
        siblings[place + 1] if place + 1 < len(siblings) else None,
    )

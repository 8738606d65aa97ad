"""How the messages of a conversation follow one another, without their texts."""

from typing import Self
from uuid import UUID

from webchat.generation.prompt import path_to
from webchat.models import Conversation, Message


class Tree:
    """`parents` has every message with the one it answers, the older of two siblings first."""

    def __init__(self, parents: dict[UUID, UUID | None]) -> None:
        self.parents = parents
        self.children: dict[UUID | None, list[UUID]] = {}
        for pk, parent in parents.items():
            self.children.setdefault(parent, []).append(pk)

    @classmethod
    def of(cls, conversation: Conversation) -> Self:
        rows = Message.objects.filter(conversation=conversation).order_by("created_at", "pk")
        return cls(dict(rows.values_list("pk", "parent_id")))

    def siblings(self, pk: UUID) -> list[UUID]:
        """All answers to what this message answers, itself included; likewise all beginnings."""
        return self.children[self.parents[pk]]

    def path(self, through: UUID | None, preferred: UUID | None) -> list[UUID]:
        """From the beginning through this message to an end.

        Below it the way leads towards `preferred` where that is possible, else to the newest.
        """
        wanted = path_to(preferred, self.parents) if preferred in self.parents else []
        if through not in self.parents:
            return wanted or self._down([], set())
        return self._down(path_to(through, self.parents), set(wanted))

    def _down(self, path: list[UUID], wanted: set[UUID]) -> list[UUID]:
        here = path[-1] if path else None
        while following := self.children.get(here):
            here = next((pk for pk in following if pk in wanted), following[-1])
            path.append(here)
        return path

    def downwards(self) -> list[UUID]:
        """Every message, after the one it answers."""
        found: list[UUID] = []
        level = self.children.get(None, [])
        while level:
            found += level
            level = [child for pk in level for child in self.children.get(pk, [])]
        return found

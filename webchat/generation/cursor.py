"""Places in lists of conversations, which stand in the order of their last activity."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from webchat.models import Conversation

NEWEST_FIRST = ("-active_at", "-pk")


@dataclass(frozen=True)
class Cursor:
    """The entry after which a page begins; `str()` of it stands in addresses."""

    active_at: datetime
    pk: UUID

    @classmethod
    def at(cls, conversation: Conversation) -> "Cursor":
        return cls(conversation.active_at, conversation.pk)

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """None for nonsense."""
        moment, _separator, pk = text.partition("_")
        try:
            active_at = datetime.fromisoformat(moment)
            return cls(active_at.astimezone(UTC), UUID(pk)) if active_at.tzinfo else None
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"{self.active_at.isoformat()}_{self.pk}"

    def older(self, conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
        """Those that come after this place, newest first."""
        later = Q(active_at__lt=self.active_at) | Q(pk__lt=self.pk)
        # The bound on its own is what lets a database begin in the middle of the index.
        return conversations.filter(later, active_at__lte=self.active_at).order_by(*NEWEST_FIRST)

    def newer(self, conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
        """Those that come before it, the nearest first."""
        earlier = Q(active_at__gt=self.active_at) | Q(pk__gt=self.pk)
        found = conversations.filter(earlier, active_at__gte=self.active_at)
        return found.order_by(*NEWEST_FIRST).reverse()

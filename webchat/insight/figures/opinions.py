"""What people think of answers."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from webchat.insight.period import Period
from webchat.models import Rating

COMMENTS = 200  # the newest; a page shows fewer


@dataclass
class Opinion:
    """Of one model: thumbs, and the reasons that were given."""

    model: str
    up: int = 0
    down: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def ratings(self) -> int:
        return self.up + self.down


@dataclass(frozen=True)
class Opinions:
    """The models that were rated, the most rated first, and the newest comments."""

    models: list[Opinion]
    comments: list[Rating]


def read(period: Period) -> Opinions:
    """Two queries. Ratings of deleted conversations are gone with them."""
    rated = Rating.objects.filter(rated_at__gte=period.start, rated_at__lt=period.stop)
    found: dict[str, Opinion] = defaultdict(lambda: Opinion(""))
    counts = rated.order_by().values_list(
        "message__model", "message__provider", "thumb", "reason", Count("pk")
    )
    for model, provider, thumb, reason, count in counts:
        opinion = found[model or provider]
        opinion.model = model or provider
        opinion.up += count if thumb == Rating.Thumb.UP else 0
        opinion.down += count if thumb == Rating.Thumb.DOWN else 0
        if reason:
            opinion.reasons[reason] += count
    models = sorted(found.values(), key=lambda opinion: (-opinion.ratings, opinion.model))
    return Opinions(models, list(_comments(rated)))


def _comments(rated: QuerySet[Rating]) -> QuerySet[Rating]:
    said = rated.exclude(comment="").select_related("message").order_by("-rated_at")
    shown = ("thumb", "reason", "comment", "rated_at", "message__model", "message__provider")
    return said.only(*shown)[:COMMENTS]

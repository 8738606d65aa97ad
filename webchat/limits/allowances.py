"""Which limits hold for a person."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.models import Group

from webchat.models import Limits

FRESH_SECONDS = 5  # how late another process learns of a change


@dataclass(frozen=True)
class Allowance:
    """What a person may have; None is any number."""

    messages_a_minute: int | None
    tokens_a_day: int | None
    answers_at_once: int
    upload_bytes: int

    @property
    def is_metered(self) -> bool:
        """Whether what the person asked before matters."""
        return self.messages_a_minute is not None or self.tokens_a_day is not None


@dataclass
class _Known:
    """All limits there are, and the groups of those who asked lately."""

    at: float
    rows: Sequence[Limits]
    groups: dict[int, frozenset[int]] = field(default_factory=dict)

    def groups_of(self, owner: int) -> frozenset[int]:
        if owner not in self.groups:
            found = Group.objects.filter(user=owner).values_list("pk", flat=True)
            self.groups[owner] = frozenset(found)
        return self.groups[owner]


_known: _Known | None = None


def allowance(owner: int) -> Allowance:
    """What this person may have, as it was at most FRESH_SECONDS ago.

    Of several groups with limits the most generous number holds, each kind for itself; the limits
    for everybody hold where no group has any. Administrators are no exception.
    """
    known = _fresh()
    apart = any(row.group_id for row in known.rows)
    mine = known.groups_of(owner) if apart else frozenset()
    rows = [row for row in known.rows if row.group_id in mine]
    rows = rows or [row for row in known.rows if row.group_id is None]
    return Allowance(
        messages_a_minute=_most([row.messages_a_minute for row in rows]),
        tokens_a_day=_most([row.tokens_a_day for row in rows]),
        answers_at_once=_most([row.answers_at_once for row in rows]) or settings.RUNS_PER_USER,
        upload_bytes=_most([row.upload_bytes for row in rows]) or settings.UPLOAD_MAX_BYTES,
    )


def _fresh() -> _Known:
    global _known
    now = time.monotonic()
    known = _known
    if known is None or now - known.at > FRESH_SECONDS:
        known = _known = _Known(now, list(Limits.objects.order_by()))
    return known


def _most(numbers: Sequence[int | None]) -> int | None:
    """The most generous number: none at all, if there is one without."""
    given = [number for number in numbers if number is not None]
    return max(given) if given and len(given) == len(numbers) else None


def forget() -> None:
    """Read everything anew the next time; whoever changes limits or groups calls this."""
    global _known
    _known = None

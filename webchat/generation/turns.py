"""Whose turn it is: the limits on answers at once, over all processes, and the line of who waits.

The line is in the rows: an answer at work whose run has no `turn_at` waits, and an answer that ends,
or is reaped with its process, makes room by that alone. So nothing is leased, and nothing can be
left locked.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from webchat.limits import allowance
from webchat.models import Endpoint, Message, Run, User

LINE, PERSON, ENDPOINT = 1, 2, 3
"""What PostgreSQL's advisory locks are held for; SQLite has one writer anyway."""


# In plain SQL, as it comes with every message; written so that no database could begin anywhere but
# with the few answers at work.
_COUNT = (
    "SELECT COUNT(CASE WHEN r.owner_id = %s THEN 1 END), COUNT(CASE WHEN r.endpoint_id = %s THEN 1 END)"  # noqa: S608 - no input
    f" FROM {Message._meta.db_table} m JOIN {Run._meta.db_table} r ON r.message_id = m.id"
    " WHERE m.status = %s"
)


@dataclass(frozen=True)
class Standing:
    """A run at work or waiting. `limit` is its endpoint's; 0 means that it takes any number.

    `at_once` is how many its owner may have at work.
    """

    run: UUID
    owner: int
    at_once: int
    endpoint: int | None
    limit: int
    has_turn: bool


@dataclass(frozen=True)
class Room:
    """What a new run of a person would find: theirs at work or waiting, and whether it may begin."""

    mine: int
    is_free: bool


def room(user: User, endpoint: Endpoint) -> Room:
    """For a run that this transaction is about to write.

    Those that wait count as well: nobody is overtaken.
    """
    _hold(PERSON, user.pk)
    if endpoint.runs_at_once:
        _hold(ENDPOINT, endpoint.pk)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [user.pk, endpoint.pk, Message.Status.STREAMING])
        mine, there = cursor.fetchone()
    has_room = not endpoint.runs_at_once or there < endpoint.runs_at_once
    return Room(mine, has_room and mine < allowance(user.pk).answers_at_once)


def ahead_of(run: Run) -> int:
    """How many wait before a run that waits."""
    before = Q(started_at__lt=run.started_at) | Q(started_at=run.started_at, pk__lt=run.pk)
    return _at_work().filter(before, turn_at=None).count()


def move_up(node: str, waiting: Collection[UUID]) -> dict[UUID, int | None]:
    """Give turns to those of this node's `waiting` runs that are next.

    Returns how many wait before each of them, None for those whose turn it is.
    """
    while True:
        places, took = _move_one_up(node, waiting)
        if not took:
            return places


def _move_one_up(node: str, waiting: Collection[UUID]) -> tuple[dict[UUID, int | None], bool]:
    """One at a time: a transaction that held several rows could meet a checkpoint's that does."""
    with transaction.atomic():
        _hold(LINE, 0)
        standing = _standing()
        mine = next((run for run in next_turns(standing) if run in waiting), None)
        if mine is not None:
            Run.objects.filter(pk=mine, node=node).update(turn_at=Now())
    return _places(standing, waiting), mine is not None


def _at_work() -> QuerySet[Run]:
    return Run.objects.filter(message__status=Message.Status.STREAMING)


def _standing() -> list[Standing]:
    return [
        Standing(
            run, owner, allowance(owner).answers_at_once, endpoint, limit or 0, turn is not None
        )
        for run, owner, endpoint, limit, turn in _at_work()
        .order_by("started_at", "pk")
        .values_list("pk", "owner", "endpoint", "endpoint__runs_at_once", "turn_at")
    ]


def next_turns(standing: Sequence[Standing]) -> list[UUID]:
    """Whose turn it is now: who has the fewest answers at work comes first, then who came first."""
    owners = Counter(each.owner for each in standing if each.has_turn)
    endpoints = Counter(each.endpoint for each in standing if each.has_turn)
    waiting = [each for each in standing if not each.has_turn]
    turns = []
    while free := [each for each in waiting if _has_room(each, owners, endpoints)]:
        chosen = min(free, key=lambda each: owners[each.owner])
        waiting.remove(chosen)
        owners[chosen.owner] += 1
        endpoints[chosen.endpoint] += 1
        turns.append(chosen.run)
    return turns


def _has_room(each: Standing, owners: Counter[int], endpoints: Counter[int | None]) -> bool:
    if owners[each.owner] >= each.at_once:
        return False
    return not each.limit or endpoints[each.endpoint] < each.limit


def _places(standing: Sequence[Standing], of: Collection[UUID]) -> dict[UUID, int | None]:
    places: dict[UUID, int | None] = {each.run: None for each in standing if each.has_turn}
    line = [each.run for each in standing if not each.has_turn]
    places |= {run: ahead for ahead, run in enumerate(line)}
    return {run: places[run] for run in of if run in places}


def _hold(kind: int, key: int) -> None:
    """Until the transaction ends, nobody else looks at the same and decides."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [kind, key])

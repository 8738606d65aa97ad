"""Searching: a page of hits for a person, or for staff.

A hit is a conversation, with the newest of its messages that fits. Pages go back in time; a
conversation may come again on a later page, with an older message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Left

from webchat.models import Conversation, Message, User
from webchat.search.engine import NEWEST, NOWHERE, Found, Wanted
from webchat.search.engines import engine
from webchat.search.snippet import Piece, marked, snippet
from webchat.search.terms import Term, terms

PAGE_LENGTH = 20  # hits
LOOKED_THROUGH = 300  # entries a page: 15 that fit of each conversation
LOOKED_THROUGH_AMONG = 3000  # where only some conversations count, many entries are of others
SNIPPET_FROM = 20_000  # characters of a message: what comes later is found, but not shown


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that fits, and where: in `message`, else in its title only.

    `title` and `snippet` are pieces, of which a template marks those that are `marked`.
    """

    conversation: Conversation
    message: Message | None
    title: Sequence[Piece]
    snippet: Sequence[Piece]
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Hits, newest first. `before` asks for the page after this one; it is empty at the end.

    `is_asked` is false when the query has no word: then there is nothing to say about hits.
    """

    hits: Sequence[Hit] = ()
    before: str = ""
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: below an entry, and not with the conversation of it once more."""

    below: int = NEWEST
    without: UUID = NOWHERE

    @classmethod
    def read(cls, text: str) -> Self:
        """The cursor that was written; the first page for none and for nonsense."""
        below, _separator, without = text.partition(".")
        try:
            return cls(min(max(int(below), 0), NEWEST), UUID(without))
        except ValueError:
            return cls()

    def __str__(self) -> str:
        return f"{self.below}.{self.without.hex}"


@dataclass(slots=True)
class Gathered:
    """What of the entries that were found makes a page."""

    chosen: dict[UUID, list[Found]] = field(default_factory=dict)
    last: Found | None = None
    has_more: bool = False

    @property
    def before(self) -> str:
        more = self.has_more and self.last
        return str(Cursor(more.number, more.conversation)) if more else ""


def for_user(user: User, query: str, before: str = "") -> Page:
    """What this person finds among their own conversations. Raises TooSlow.

    Archived conversations are found too, temporary ones are not.
    """
    own = Conversation.objects.for_user(user).filter(temporary=False)
    return _search(query, before, own, owner=user.pk)


def for_staff(
    staff: User,
    query: str,
    before: str = "",
    *,
    owner: int | None = None,
    among: QuerySet[Conversation] | None = None,
) -> Page:
    """What a member of staff finds among all conversations. Raises TooSlow.

    The search box of a list of conversations calls this, shows `page.hits` in place of its rows
    (`hit.conversation` comes with its owner) and links to the next page with `before=page.before`.
    `owner` keeps the hits of one person; it is as quick as a person's own search. `among` is the
    list's other filters, a queryset without order or slices: a page then may have few hits or
    none, and another one after it, because each looks through so many entries only.

    Where staff may not read conversations, they find their own, as far as these fit the rest.
    """
    scope = Conversation.objects.all() if among is None else among
    if not settings.STAFF_READS_CONVERSATIONS:
        if owner not in (None, staff.pk):
            return Page(is_asked=bool(terms(query)))
        scope, owner = scope.filter(owner=staff, temporary=False), staff.pk
    limit = LOOKED_THROUGH if among is None else LOOKED_THROUGH_AMONG
    return _search(query, before, scope, owner=owner, limit=limit)


def _search(
    query: str,
    before: str,
    scope: QuerySet[Conversation],
    *,
    owner: int | None,
    limit: int = LOOKED_THROUGH,
) -> Page:
    wanted = terms(query)
    if not wanted:
        return Page(is_asked=False)
    cursor = Cursor.read(before)
    found = engine().find(Wanted(wanted, owner, cursor.below, cursor.without, limit))
    conversations = scope.select_related("owner").in_bulk({one.conversation for one in found})
    gathered = _gather(found, conversations, limit)
    return Page(_hits(gathered.chosen, conversations, wanted), gathered.before)


def _gather(found: Sequence[Found], visible: Iterable[UUID], limit: int) -> Gathered:
    """The entries of the first conversations that may be seen."""
    visible = set(visible)
    page = Gathered(has_more=len(found) == limit)
    for one in found:
        if one.conversation in visible:
            if one.conversation not in page.chosen and len(page.chosen) == PAGE_LENGTH:
                page.has_more = True
                break
            page.chosen.setdefault(one.conversation, []).append(one)
        page.last = one
    return page


def _hits(
    chosen: dict[UUID, list[Found]],
    conversations: dict[UUID, Conversation],
    wanted: Sequence[Term],
) -> list[Hit]:
    newest = {
        pk: next((one.source for one in entries if not one.is_title), None)
        for pk, entries in chosen.items()
    }
    messages = _messages(chosen, [source for source in newest.values() if source])
    return [
        _hit(conversations[pk], messages.get(source or NOWHERE), wanted)
        for pk, source in newest.items()
    ]


def _messages(conversations: Iterable[UUID], sources: Sequence[UUID]) -> dict[UUID, Message]:
    query = Message.objects.filter(conversation__in=conversations).order_by()
    query = query.only("id", "role", "created_at")
    return query.annotate(beginning=Left("text", SNIPPET_FROM)).in_bulk(sources)


def _hit(conversation: Conversation, message: Message | None, wanted: Sequence[Term]) -> Hit:
    beginning: str = getattr(message, "beginning", "")
    return Hit(
        conversation,
        message,
        title=marked(conversation.title, wanted),
        snippet=snippet(beginning, wanted) if message else [],
        at=message.created_at if message else conversation.created_at,
    )

"""The list of all conversations, page by page.

Every page begins where its neighbour ended, so that the last one is as near as the first: nothing
is skipped over, and nothing is counted beyond what a person would read as a number.
"""

from typing import Any

from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.utils.translation import gettext as _

from webchat.admin.conversations.access import may_read
from webchat.admin.conversations.filters import OwnerFilter
from webchat.generation.cursor import NEWEST_FIRST, Cursor
from webchat.models import Conversation
from webchat.search.engine import TooSlow
from webchat.search.finding import Hit, Page, for_staff

COUNT_MAX = 1000  # further than that a list says "more than"
OLDEST = "oldest"
AFTER, BEFORE = "after-", "before-"
"""What leads a cursor in an address: the page after an entry, or the page before it."""


class ConversationList(ChangeList):
    """`newer`, `older`, `newest` and `oldest` are the addresses of other pages, where there are any.

    With words to search for it shows what the engine finds; `problem` says why it could not.
    """

    problem = ""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.title = _("Conversations")

    def get_results(self, request: HttpRequest) -> None:
        wanted = request.GET.get(PAGE_VAR, "")
        if self.query:
            self._take_hits(request, wanted)
        else:
            self._take_page(wanted)
        for row in self.result_list:
            row.is_readable = may_read(request, row)
        self.result_count = len(self.result_list) if self.query else self._count()
        self.is_counted = self.result_count <= COUNT_MAX
        self.can_select_all = not self.query and bool(self.newer or self.older)
        self.multi_page = bool(self.newer or self.older)
        self.show_admin_actions = bool(self.result_list)
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = False

    def get_filters(self, request: HttpRequest) -> Any:
        """A form sends its empty fields along; they are as good as none."""
        self.filter_params = {k: values for k, values in self.filter_params.items() if any(values)}
        return super().get_filters(request)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return list(NEWEST_FIRST)

    def _take_hits(self, request: HttpRequest, before: str) -> None:
        """What the search engine finds among the conversations that the filters leave."""
        staff: Any = request.user
        try:
            page = for_staff(staff, self.query, before, **self._scope())
        except TooSlow:
            page = Page()
            self.problem = _("This search takes too long. Search for a rarer word, or filter.")
        if not page.is_asked:
            self.problem = _("There is no word to search for.")
        self.result_list: Any = [_row(hit) for hit in page.hits]
        prefetch_related_objects(self.result_list, "endpoint")
        self.newer = self._address(None) if before else ""
        self.older = self._address(page.before) if page.before else ""

    def _scope(self) -> dict[str, Any]:
        """One person's conversations are searched quickly, those of other filters one by one."""
        others: list[Any] = [one for one in self.filter_specs if one is not self._owner]
        narrows = any(one.is_set for one in others)
        nobody = self._owner.is_set and self._owner.only is None
        among = self.queryset.order_by() if narrows or nobody else None
        return {"owner": self._owner.only, "among": among}

    @property
    def _owner(self) -> OwnerFilter:
        return next(one for one in self.filter_specs if isinstance(one, OwnerFilter))

    @property
    def newest(self) -> str:
        return self._address(None) if self.newer else ""

    @property
    def oldest(self) -> str:
        return self._address(OLDEST) if self.older and not self.query else ""

    @property
    def similar(self) -> list[tuple[str, str]]:
        """People one may have meant by what stands in the field for the owner."""
        return self._owner.similar(self)

    def _take_page(self, wanted: str) -> None:
        after = Cursor.read(wanted.removeprefix(AFTER)) if wanted.startswith(AFTER) else None
        before = Cursor.read(wanted.removeprefix(BEFORE)) if wanted.startswith(BEFORE) else None
        if after is not None:
            self._take(after.older(self.queryset), newer=True)
        elif before is not None:
            self._take_backwards(before.newer(self.queryset), older=True)
        elif wanted == OLDEST:
            self._take_backwards(self.queryset.reverse(), older=False)
        else:
            self._take(self.queryset, newer=False)

    def _take(self, rows: QuerySet[Conversation], *, newer: bool) -> None:
        found = list(rows[: self.list_per_page + 1])
        self._show(found[: self.list_per_page], newer, len(found) > self.list_per_page)

    def _take_backwards(self, rows: QuerySet[Conversation], *, older: bool) -> None:
        found = list(rows[: self.list_per_page + 1])
        self._show(found[: self.list_per_page][::-1], len(found) > self.list_per_page, older)

    def _show(self, rows: list[Conversation], newer: bool, older: bool) -> None:
        self.result_list = rows
        self.newer = self._address(f"{BEFORE}{Cursor.at(rows[0])}") if newer and rows else ""
        self.older = self._address(f"{AFTER}{Cursor.at(rows[-1])}") if older and rows else ""

    def _address(self, page: str | None) -> str:
        return self.get_query_string({PAGE_VAR: page})

    def _count(self) -> int:
        """How many there are, as far as COUNT_MAX; one more stands for "more than that"."""
        if not (self.newer or self.older):
            return len(self.result_list)
        return int(self.queryset.order_by()[: COUNT_MAX + 1].count())

    @property
    def count_text(self) -> str:
        if self.is_counted:
            return str(self.result_count)
        return _("more than %(count)d") % {"count": COUNT_MAX}


def _row(hit: Hit) -> Conversation:
    """The conversation, with what was found in it."""
    row: Any = hit.conversation
    row.hit = hit
    found: Conversation = row
    return found

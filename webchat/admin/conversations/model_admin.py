"""The pages of conversations in the administration."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webchat.admin.conversations import actions
from webchat.admin.conversations.changelist import ConversationList
from webchat.admin.conversations.filters import FILTERS
from webchat.admin.conversations.transcript import picture, transcript
from webchat.models import Conversation, Message
from webchat.search.snippet import Piece


@admin.register(Conversation)
class ConversationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable
    """A list, and a page for each to be read. There is no form: nothing is edited here."""

    list_display = (
        "name", "owner_name", "asked", "message_count", "condition", "active_at",
    )  # fmt: skip
    list_display_links = None
    list_filter = FILTERS
    list_per_page = 50
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = actions.ACTIONS

    class Media:
        css = {"all": ["css/admin-conversations.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return Conversation.objects.select_related("owner", "endpoint").only(
            "title", "message_count", "active_at", "model", "archived", "state", "has_errors",
            "has_images", "owner__username", "endpoint__label",
        )  # fmt: skip

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ConversationList]:
        return ConversationList

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """The filters and nothing else; Django's own rule would let titles be guessed at."""
        return lookup in {one.parameter_name for one in FILTERS}

    def get_urls(self) -> list[URLPattern]:
        """No form to add one, to change one or to delete one without its files."""
        pages: dict[str, tuple[str, Any]] = {
            "changelist": ("", self.changelist_view),
            "change": ("<uuid:pk>/change/", self.read_view),
            "picture": ("<uuid:pk>/pictures/<uuid:media>/", self.picture_view),
        }
        return [
            path(route, self.admin_site.admin_view(view), name=f"webchat_conversation_{name}")
            for name, (route, view) in pages.items()
        ]

    def read_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return transcript(request, self, pk)

    def picture_view(self, request: HttpRequest, pk: UUID, media: UUID) -> HttpResponseBase:
        return picture(request, self, pk, media)

    # --- who may do what ---

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Ours; Django's own deletion would first list every message."""
        found: dict[str, Any] = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def response_action(self, request: HttpRequest, *selection: Any, **place: Any) -> Any:
        if request.GET.get(SEARCH_VAR) and request.POST.get("select_across", "0") != "0":
            raise BadRequest  # "all" would be all that the filters find, not what was searched for
        try:
            return super().response_action(request, *selection, **place)
        except ValidationError as error:  # what is ticked is no id
            raise BadRequest from error

    # --- what the list shows ---

    @admin.display(description=_("title"))
    def name(self, row: Any) -> SafeString:
        if not row.is_readable:
            return format_html('<span class="quiet">{}</span>', gettext("not shown"))
        address = reverse("admin:webchat_conversation_change", args=[row.pk])
        link = '<a class="conversation-title" href="{}" dir="auto">{}</a>'
        hit = getattr(row, "hit", None)
        if hit is None or hit.message is None:
            words = _marked(hit.title) if hit else row.title
            return format_html(link, address, words or gettext("untitled"))
        place = f"{address}?at={hit.message.pk}#m-{hit.message.pk}"
        found = link + '<span class="found" dir="auto">{}</span>'
        title = _marked(hit.title) or gettext("untitled")
        return format_html(found, place, title, _marked(hit.snippet))

    @admin.display(description=_("owner"))
    def owner_name(self, row: Any) -> str:
        return str(row.owner.get_username())

    @admin.display(description=_("model"))
    def asked(self, row: Any) -> SafeString:
        endpoint = row.endpoint.label if row.endpoint else ""
        both = '<bdi>{}</bdi><bdi class="quiet">{}</bdi>'
        return format_html(both, row.model or "–", endpoint)

    @admin.display(description=_("state"))
    def condition(self, row: Any) -> SafeString:
        found = [(row.state, row.get_state_display())]
        if row.has_errors and row.state != Message.Status.FAILED:
            found.append(("errors", gettext("errors")))
        if row.has_images:
            found.append(("pictures", gettext("pictures")))
        if row.archived:
            found.append(("archived", gettext("archived")))
        return format_html_join(" ", '<span class="condition" data-is="{}">{}</span>', found)

    @admin.display(description="")
    def action_checkbox(self, row: Any) -> SafeString:
        """Named by what people see, where Django would read out an id."""
        label = gettext("Select “%(title)s” of %(owner)s") % {
            "title": row.title if row.is_readable else gettext("not shown"),
            "owner": row.owner.get_username(),
        }
        box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
        return format_html(box, ACTION_CHECKBOX_NAME, row.pk, label)


def _marked(pieces: Sequence[Piece]) -> SafeString:
    """Pieces of a text, those that were searched for marked."""
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", p.text) if p.marked else p.text,) for p in pieces),
    )

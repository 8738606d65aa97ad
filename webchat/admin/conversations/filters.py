"""By what the list of conversations is narrowed down: one form above it, with a field for each.

Owners and models are typed, because a large installation has more of them than anybody reads.
"""

from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from webchat.days import is_countable, midnight
from webchat.models import Conversation, Endpoint, EndpointModel, Message, User

SIMILAR_MAX = 8  # names that are offered when nobody is called what was typed
SUGGESTIONS_MAX = 500  # models a browser suggests while one is typed

Conversations = QuerySet[Conversation]


class Field(admin.SimpleListFilter):
    """One parameter of the address; `kind` says what its field looks like."""

    kind = "text"
    placeholder: Any = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return []

    def has_output(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return (self.value() or "").strip().replace("\0", "")

    @property
    def is_set(self) -> bool:
        """Whether it narrows anything down."""
        return bool(self.text)

    @cached_property
    def suggestions(self) -> list[str]:
        return []


class Choice(Field):
    """Any, or one of a few."""

    kind = "choice"

    @property
    def chosen(self) -> str:
        """What stands in the address, as far as it is one of the choices."""
        return self.text if self.text in {value for value, _words in self.lookup_choices} else ""

    @property
    def is_set(self) -> bool:
        return bool(self.chosen)

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        return self.narrow(queryset) if self.chosen else queryset

    def narrow(self, queryset: Conversations) -> Conversations:
        raise NotImplementedError


class YesOrNo(Choice):
    column = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def narrow(self, queryset: Conversations) -> Conversations:
        return queryset.filter(**{self.column: self.chosen == "yes"})


class OwnerFilter(Field):
    """Whole names find one person, beginnings of names or addresses those to choose from."""

    title = _("owner")
    parameter_name = "owner"
    placeholder = _("User name or e-mail")

    @cached_property
    def found(self) -> list[User]:
        if not self.text:
            return []
        people = User.objects.only("username", "email").order_by("username")
        if exact := people.filter(username=self.text)[:1]:
            return list(exact)
        begins = Q(username__istartswith=self.text) | Q(email__istartswith=self.text)
        return list(people.filter(begins)[:SIMILAR_MAX])

    @property
    def only(self) -> int | None:
        """The key of the one person who is meant."""
        return self.found[0].pk if len(self.found) == 1 else None

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        if not self.text:
            return queryset
        return queryset.filter(owner=self.only) if self.only else queryset.none()

    def similar(self, changelist: Any) -> list[tuple[str, str]]:
        """Whom one may have meant, each with an address."""
        names = [user.username for user in self.found] if len(self.found) > 1 else []
        return [(name, changelist.get_query_string({self.parameter_name: name})) for name in names]


class ModelFilter(Field):
    title = _("model")
    parameter_name = "model"
    placeholder = _("Whole name")

    @cached_property
    def suggestions(self) -> list[str]:
        """What the endpoints list or listed; a model of a former endpoint is typed in full."""
        names = EndpointModel.objects.order_by("name").values_list("name", flat=True)
        return list(names.distinct()[:SUGGESTIONS_MAX])

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        return queryset.filter(model=self.text) if self.text else queryset


class EndpointFilter(Choice):
    title = _("endpoint")
    parameter_name = "endpoint"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(pk), label) for pk, label in Endpoint.objects.values_list("pk", "label")]

    def narrow(self, queryset: Conversations) -> Conversations:
        return queryset.filter(endpoint=int(self.chosen))


class StateFilter(Choice):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Message.Status.choices)

    def narrow(self, queryset: Conversations) -> Conversations:
        return queryset.filter(state=self.chosen)


class ErrorsFilter(YesOrNo):
    title = _("errors")
    parameter_name = "errors"
    column = "has_errors"


class PicturesFilter(YesOrNo):
    title = _("pictures")
    parameter_name = "pictures"
    column = "has_images"


class ArchivedFilter(YesOrNo):
    title = _("archived")
    parameter_name = "archived"
    column = "archived"


class Day(Field):
    kind = "date"

    @cached_property
    def day(self) -> date | None:
        try:
            day = parse_date(self.text)
        except ValueError:
            return None
        return day if day and is_countable(day) else None

    @property
    def is_set(self) -> bool:
        return self.day is not None


class SinceFilter(Day):
    title = _("active since")
    parameter_name = "since"

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        return queryset.filter(active_at__gte=midnight(self.day)) if self.day else queryset


class UntilFilter(Day):
    """The day itself is included."""

    title = _("active until")
    parameter_name = "until"

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        if self.day is None:
            return queryset
        return queryset.filter(active_at__lt=midnight(self.day + timedelta(days=1)))


FILTERS: tuple[type[Field], ...] = (
    OwnerFilter,
    ModelFilter,
    EndpointFilter,
    StateFilter,
    SinceFilter,
    UntilFilter,
    ErrorsFilter,
    PicturesFilter,
    ArchivedFilter,
)

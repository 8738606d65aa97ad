"""Whether somebody may sign in, in one word, and the filter that finds them by it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from webchat.models import User


class State(TextChoices):
    ACTIVE = "active", _("active")
    WAITING = "waiting", _("waits for approval")
    UNCONFIRMED = "unconfirmed", _("has not confirmed the address")
    OFF = "off", _("switched off")


FILTERS: dict[str, dict[str, bool]] = {
    State.ACTIVE: {"is_active": True, "unconfirmed": False},
    State.WAITING: {"awaits_approval": True, "unconfirmed": False},
    State.UNCONFIRMED: {"unconfirmed": True},
    State.OFF: {"is_active": False, "awaits_approval": False, "unconfirmed": False},
}
"""Each person is in one of them; `unconfirmed` is what the list adds to the row."""


def state_of(user: Any) -> State:
    """The state of a row of the list."""
    if user.unconfirmed:
        return State.UNCONFIRMED
    if user.awaits_approval:
        return State.WAITING
    return State.ACTIVE if user.is_active else State.OFF


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(**FILTERS.get(self.value() or "", {}))

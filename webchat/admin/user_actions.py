"""What administrators do with people they selected in the list."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from webchat.accounts import approval, changes, second_factor, sessions
from webchat.accounts.administrators import is_needed
from webchat.admin.user_rights import may_manage
from webchat.models import User

People = QuerySet[User]


def for_each(
    request: HttpRequest, selected: People, act: Callable[[User], object], done: Any
) -> None:
    """Do something with all whom this administrator may manage, and say with how many.

    `act` returns False where there was nothing to do; `done` is lazy and takes a `count`.
    """
    people = [user for user in selected if may_manage(request, user)]
    count = sum(act(user) is not False for user in people)
    messages.success(request, str(done % {"count": count}))


@admin.action(description=_("Approve those who wait"), permissions=["change"])
def approve(model_admin: Any, request: HttpRequest, selected: People) -> None:
    done = ngettext_lazy(
        "%(count)d person may sign in now.", "%(count)d people may sign in now.", "count"
    )
    waiting = selected.filter(awaits_approval=True)
    for_each(request, waiting, lambda user: approval.approve(user, request), done)


@admin.action(description=_("Turn away those who wait"), permissions=["delete"])
def turn_away(model_admin: Any, request: HttpRequest, selected: People) -> None:
    done = ngettext_lazy(
        "%(count)d person was turned away.", "%(count)d people were turned away.", "count"
    )
    waiting = selected.filter(awaits_approval=True)
    for_each(request, waiting, lambda user: approval.turn_away(user, request), done)


@admin.action(description=_("Switch off"), permissions=["change"])
def switch_off(model_admin: Any, request: HttpRequest, selected: People) -> None:
    done = ngettext_lazy(
        "%(count)d person was switched off.", "%(count)d people were switched off.", "count"
    )
    for_each(request, selected, lambda user: _switch_off(user, request), done)


@transaction.atomic
def _switch_off(user: User, request: HttpRequest) -> bool:
    if not user.is_active:
        return False
    if is_needed([user]):
        messages.error(request, _("Nobody else could look after this site."))
        return False
    changes.switch_off(user, request)
    return True


@admin.action(description=_("Sign out everywhere"), permissions=["change"])
def sign_out(model_admin: Any, request: HttpRequest, selected: People) -> None:
    done = ngettext_lazy(
        "%(count)d person was signed out.", "%(count)d people were signed out.", "count"
    )

    def end(user: User) -> None:
        sessions.end_sessions(user, request, reason="by an administrator")

    for_each(request, selected, end, done)


@admin.action(description=_("Reset the second factor"), permissions=["change"])
def reset_second_factor(model_admin: Any, request: HttpRequest, selected: People) -> None:
    done = ngettext_lazy(
        "%(count)d person signs in with the password alone now.",
        "%(count)d people sign in with the password alone now.",
        "count",
    )

    def reset(user: User) -> bool:
        return second_factor.reset_second_factor(user, request)

    for_each(request, selected, reset, done)


ACTIONS = [approve, turn_away, switch_off, sign_out, reset_second_factor]

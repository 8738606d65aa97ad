"""A limit that is reached, or nearly: in words for the person it holds for."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webchat.limits.allowances import Allowance
from webchat.limits.spending import Spent, next_message_at, next_token_at
from webchat.models import User

SHORT = 0.1  # of the tokens: from here on the page says how many are left


@dataclass(frozen=True)
class Reached:
    """A limit that keeps a person from asking, for `retry_after` seconds."""

    code: str
    message: str
    retry_after: int


def reached(user: User, allowance: Allowance, spent: Spent) -> Reached | None:
    """The limit that this person is at, if any. Asks the database only then."""
    if allowance.tokens_a_day is not None and spent.tokens >= allowance.tokens_a_day:
        return _tokens_used(user, allowance.tokens_a_day)
    if allowance.messages_a_minute is not None and spent.messages >= allowance.messages_a_minute:
        return _too_often(user, allowance.messages_a_minute)
    return None


def _tokens_used(user: User, limit: int) -> Reached:
    free = next_token_at(user.pk, limit)
    sentence = _(
        "You have used the %(limit)s tokens you have for 24 hours. "
        "It goes on at %(time)s (in %(wait)s)."
    )
    words = {"limit": _number(limit), "time": _time(user, free), "wait": _wait(free)}
    return Reached("tokens_used", sentence % words, _seconds(free))


def _too_often(user: User, limit: int) -> Reached:
    free = next_message_at(user.pk, limit)
    sentence = ngettext(
        "You may ask %(limit)s time a minute. It goes on in %(wait)s.",
        "You may ask %(limit)s times a minute. It goes on in %(wait)s.",
        limit,
    )
    words = {"limit": _number(limit), "wait": _wait(free)}
    return Reached("too_often", sentence % words, _seconds(free))


def budget(user: User, allowance: Allowance, spent: Spent) -> str:
    """A line for the page when tokens are short; empty while there are plenty."""
    limit = allowance.tokens_a_day
    if limit is None or limit - spent.tokens >= limit * SHORT:
        return ""
    if spent.tokens >= limit:
        free = next_token_at(user.pk, limit)
        return _("No tokens are left until %(time)s.") % {"time": _time(user, free)}
    left = limit - spent.tokens
    sentence = ngettext(
        "%(left)s of your %(limit)s tokens for 24 hours is left.",
        "%(left)s of your %(limit)s tokens for 24 hours are left.",
        left,
    )
    return sentence % {"left": _number(left), "limit": _number(limit)}


def _seconds(moment: datetime) -> int:
    return max(1, ceil((moment - timezone.now()).total_seconds()))


def _number(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)


def _time(user: User, moment: datetime) -> str:
    """The time of day where the person lives."""
    return date_format(timezone.localtime(moment, user.zone), "TIME_FORMAT")


def _wait(moment: datetime) -> str:
    """How long it takes until then, in the largest unit that says something."""
    seconds = _seconds(moment)
    if seconds < 60:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = ceil(seconds / 60)
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}

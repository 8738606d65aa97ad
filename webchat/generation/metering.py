"""What a person may still ask for, at the moment of asking."""

from dataclasses import dataclass, replace

from django.utils.translation import ngettext

from webchat import limits
from webchat.generation import turns
from webchat.generation.errors import Refused
from webchat.models import Endpoint, User

WAITING_PER_USER = 20  # answers of one person that may wait for their turn


@dataclass(frozen=True)
class Metered:
    """Whether the answer may begin at once, and a line for the page, empty while plenty is left."""

    has_turn: bool
    budget: str


def meter(user: User, endpoint: Endpoint) -> Metered:
    """Raises Refused at a limit. Belongs into the transaction that writes the answer's rows.

    Looking for room holds up whatever else the person asks for in the same moment.
    """
    allowance = limits.allowance(user.pk)
    room = turns.room(user, endpoint)
    if room.mine >= allowance.answers_at_once + WAITING_PER_USER:
        raise _busy(allowance.answers_at_once)
    if not allowance.is_metered:
        return Metered(room.is_free, "")
    spent = limits.spent(user.pk)
    if (reached := limits.reached(user, allowance, spent)) is not None:
        raise Refused(reached.code, reached.message, reached.retry_after)
    return Metered(room.is_free, limits.budget(user, allowance, spent))


def check_tokens(owner: int) -> None:
    """For an answer that waited while others were made. Raises Refused where they took the rest."""
    allowance = replace(limits.allowance(owner), messages_a_minute=None)
    if not allowance.is_metered:
        return
    reached = limits.reached(User.objects.get(pk=owner), allowance, limits.spent(owner))
    if reached is not None:
        raise Refused(reached.code, reached.message, reached.retry_after)


def budget(user: User) -> str:
    """The line for a page that is opened. Asks the database only where tokens are limited."""
    allowance = limits.allowance(user.pk)
    if allowance.tokens_a_day is None:
        return ""
    return limits.budget(user, allowance, limits.spent(user.pk))


def _busy(at_once: int) -> Refused:
    sentence = ngettext(
        "You may have %(at_once)d answer at once and %(waiting)d more waiting for their turn. "
        "Wait for one of them, or stop it.",
        "You may have %(at_once)d answers at once and %(waiting)d more waiting for their turn. "
        "Wait for one of them, or stop it.",
        at_once,
    )
    return Refused("busy", sentence % {"at_once": at_once, "waiting": WAITING_PER_USER})

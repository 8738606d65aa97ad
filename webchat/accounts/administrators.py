"""Whether somebody looks after this installation."""

from collections.abc import Iterable

from django.db import DatabaseError

from webchat.models import User

LOOKS_AFTER = {"is_active": True, "is_staff": True, "is_superuser": True}
"""Rights alone are not enough: the panel lets staff in."""


def administrator_exists() -> bool:
    """Whether somebody with all rights may come in; False as well where there is no database yet."""
    try:
        return User.objects.filter(**LOOKS_AFTER).exists()
    except DatabaseError:
        return False


def is_needed(people: Iterable[User], *, lock: bool = True) -> bool:
    """Whether without these people nobody could look after the site.

    It locks the administrators, so that two of them cannot take each other away at the same time: ask
    inside the transaction that changes them. Without `lock` the answer is good for showing only.
    """
    administrators = User.objects.filter(**LOOKS_AFTER)
    if lock:
        administrators = administrators.select_for_update()
    left = set(administrators.values_list("pk", flat=True))
    without = {user.pk for user in people}
    return bool(left) and left <= without

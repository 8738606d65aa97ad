"""Whether somebody looks after this installation."""

from collections.abc import Iterable

from django.db import DatabaseError

from webchat.models import User


def administrator_exists() -> bool:
    """Whether an active superuser exists; False as well where there is no database yet."""
    try:
        return User.objects.filter(is_superuser=True, is_active=True).exists()
    except DatabaseError:
        return False


def is_needed(people: Iterable[User], *, lock: bool = True) -> bool:
    """Whether without these people nobody could look after the site.

    It locks the superusers, so that two of them cannot take each other away at the same time: ask
    inside the transaction that changes them. Without `lock` the answer is good for showing only.
    """
    superusers = User.objects.filter(is_superuser=True, is_active=True)
    if lock:
        superusers = superusers.select_for_update()
    left = set(superusers.values_list("pk", flat=True))
    without = {user.pk for user in people}
    return bool(left) and left <= without

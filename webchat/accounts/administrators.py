"""Whether somebody looks after this installation."""

from django.db import DatabaseError

from webchat.models import User


def administrator_exists() -> bool:
    """Whether an active superuser exists; False as well where there is no database yet."""
    try:
        return User.objects.filter(is_superuser=True, is_active=True).exists()
    except DatabaseError:
        return False

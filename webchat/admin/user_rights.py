"""Who may change whom."""

from django.http import HttpRequest

from webchat.models import User


def may_manage(request: HttpRequest, user: User | None) -> bool:
    """Staff look after people; only superusers look after staff."""
    return user is None or request.user.is_superuser or not (user.is_staff or user.is_superuser)

"""Finding somebody by name, as commands do."""

from django.core.management.base import CommandError

from webchat.models import User


def find_person(name: str) -> User:
    """Whoever signs in with this name. Raises CommandError."""
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist:
        raise CommandError(f"Nobody here is called {name}.") from None

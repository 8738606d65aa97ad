"""The e-mail addresses of people, as far as administrators type them."""

from allauth.account.models import EmailAddress

from webchat.models import User


def is_taken(email: str, user: User) -> bool:
    """Whether somebody else has shown that this address is theirs."""
    others = EmailAddress.objects.filter(email=email.lower(), verified=True).exclude(user=user.pk)
    return bool(others.exists())


def trust_address(user: User) -> None:
    """What an administrator typed needs no confirmation, and takes the place of all others."""
    EmailAddress.objects.filter(user=user).delete()
    if user.email:
        email = user.email.lower()
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)

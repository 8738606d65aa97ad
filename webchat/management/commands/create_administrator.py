"""`manage.py create_administrator`"""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from webchat.accounts.reset_link import reset_link
from webchat.accounts.roles import make_administrator
from webchat.management.secrets import MISUSED, add_secret, read_secret
from webchat.models import User


class Command(BaseCommand):
    help = (
        "Make an administrator. Somebody who has an account becomes one; for a new name an account "
        "is made, with the password you give by the terminal, standard input, the environment or a "
        "file. Without one a link is printed that lets its owner choose a password, once, within a "
        "day. Ends with 2 when the name or the password cannot be used."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name the person signs in with")
        add_secret(parser, "password", "the password", typed=True)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        password = read_secret(options, "password", "the password", twice=True)
        if user is not None:
            if password is not None:
                raise CommandError(
                    f"{user.username} has an account and keeps its password.", returncode=MISUSED
                )
            make_administrator(user)
            self.stdout.write(f"{user.username} is an administrator now.")
            return
        user = self.create(options["name"], password)
        make_administrator(user)
        said = f"{user.username} is an administrator now." if password else reset_link(user)
        self.stdout.write(said)

    def create(self, name: str, password: str | None) -> User:
        user = User(username=name)
        user.set_password(password)  # None: nobody signs in with one
        try:
            user.full_clean(exclude=["password"])
            if password is not None:
                validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=MISUSED) from None
        user.save()
        return user

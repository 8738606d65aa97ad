"""What comes between the right password and being signed in, one after the other."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage, LoginStage

from webchat.models import User

LOGIN_STAGES = [
    "webchat.accounts.stages.ConfirmAddress",
    "allauth.mfa.stages.AuthenticateStage",
    "webchat.accounts.stages.MayComeIn",
]


def has_unconfirmed_address(user: User) -> bool:
    """Whether somebody gave an address at sign-up and has not shown yet that it is theirs."""
    unconfirmed = EmailAddress.objects.filter(user=user, primary=True, verified=False)
    return bool(unconfirmed.exists())


class ConfirmAddress(EmailVerificationStage):  # type: ignore[misc]  # it has no types
    """People who signed up with an address confirm it first.

    Accounts that administrators made have no address, or one that is trusted.
    """

    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if user is not None and not has_unconfirmed_address(user):
            return None, True
        answer: tuple[Any, bool] = super().handle()
        return answer


class MayComeIn(LoginStage):  # type: ignore[misc]
    """The last look: who waits for approval, or was switched off meanwhile, stays outside."""

    key = "may_come_in"

    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if user is None or user.is_active:
            return None, True
        return get_adapter().respond_user_inactive(self.request, user), False

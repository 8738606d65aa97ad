"""The only place that listens to signals, Django's and allauth's: who came, left, could not."""

import logging
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as second_factor
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from webchat.audit import record
from webchat.models import AuditRecord, User

log = logging.getLogger(__name__)


@receiver(user_logged_in)
def record_sign_in(user: User, request: HttpRequest | None = None, **kwargs: Any) -> None:
    log.info("user %s signed in", user.pk)
    record(AuditRecord.Action.SIGNED_IN, actor=user, subject=user, request=request)


@receiver(user_logged_out)
def record_sign_out(user: User | None, request: HttpRequest | None = None, **kwargs: Any) -> None:
    if user is not None:
        log.info("user %s signed out", user.pk)
        record(AuditRecord.Action.SIGNED_OUT, actor=user, subject=user, request=request)


@receiver(user_login_failed)
@receiver(second_factor.authentication_failed)
def record_failure(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """People type passwords into the field of the name, so the name is kept nowhere."""
    log.warning("a sign-in failed")
    record(AuditRecord.Action.SIGN_IN_FAILED, request=request)


@receiver(account.user_signed_up)
def record_sign_up(user: User, request: HttpRequest, **kwargs: Any) -> None:
    log.info("user %s signed up", user.pk)
    record(
        AuditRecord.Action.SIGNED_UP,
        actor=user,
        subject=user,
        request=request,
        waits=user.awaits_approval,
    )


CHANGES: dict[Signal, str] = {
    account.password_changed: "password changed",
    account.password_set: "password set",
    account.password_reset: "password reset by link",
    account.email_changed: "address changed",
    account.email_removed: "address removed",
}


@receiver(list(CHANGES))
def record_change(user: User, request: HttpRequest, signal: Signal, **kwargs: Any) -> None:
    """Who resets a password by a link is not signed in, and is the person all the same."""
    _record_change(user, request, CHANGES[signal])


@receiver(second_factor.authenticator_added)
def record_new_factor(
    user: User, request: HttpRequest, authenticator: Authenticator, **kwargs: Any
) -> None:
    _record_change(user, request, f"{authenticator.type} added")


@receiver(second_factor.authenticator_removed)
def record_lost_factor(
    user: User, request: HttpRequest, authenticator: Authenticator, **kwargs: Any
) -> None:
    _record_change(user, request, f"{authenticator.type} removed")


@receiver(second_factor.authenticator_reset)
def record_renewed_factor(
    user: User, request: HttpRequest, authenticator: Authenticator, **kwargs: Any
) -> None:
    _record_change(user, request, f"{authenticator.type} renewed")


@receiver(social.social_account_added)
def record_connection(request: HttpRequest, sociallogin: Any, **kwargs: Any) -> None:
    _record_change(sociallogin.user, request, "identity provider connected")


@receiver(social.social_account_removed)
def record_disconnection(request: HttpRequest, socialaccount: Any, **kwargs: Any) -> None:
    _record_change(socialaccount.user, request, "identity provider disconnected")


def _record_change(user: User, request: HttpRequest, change: str) -> None:
    log.info("user %s: %s", user.pk, change)
    action = AuditRecord.Action.ACCOUNT_CHANGED
    record(action, actor=user, subject=user, request=request, change=change)

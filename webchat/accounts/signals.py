"""The only place that listens to Django's own signals: who came, who left, who could not."""

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from webchat.models import User

log = logging.getLogger(__name__)


@receiver(user_logged_in)
def log_sign_in(user: User, **kwargs: Any) -> None:
    log.info("user %s signed in", user.pk)


@receiver(user_logged_out)
def log_sign_out(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        log.info("user %s signed out", user.pk)


@receiver(user_login_failed)
def log_failure(**kwargs: Any) -> None:
    """People type passwords into the field of the name, so the name is not in the log."""
    log.warning("a sign-in failed")

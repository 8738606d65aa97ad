"""A site that can send mail."""

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings


@pytest.fixture
def with_mail(settings: Settings, mailoutbox: list[EmailMessage]) -> list[EmailMessage]:
    """What is set where EMAIL_URL names a server; gives the mails that were sent."""
    settings.HAS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACCOUNT_SIGNUP_FIELDS = ["email*", *settings.ACCOUNT_SIGNUP_FIELDS]
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    return mailoutbox

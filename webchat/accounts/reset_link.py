"""The link that lets somebody choose a new password, for who cannot get it by mail."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from webchat.audit import record
from webchat.models import AuditRecord, User


def reset_link(user: User, request: HttpRequest | None = None) -> str:
    """A link under the first of ORIGINS, for PASSWORD_RESET_TIMEOUT.

    It works once: its token is worthless as soon as the password is another one. So it is when
    the person signs in meanwhile. `request` is the administrator's; without one it was the shell.
    """
    record(
        AuditRecord.Action.ACCOUNT_CHANGED, subject=user, request=request, change="reset link made"
    )
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return f"{settings.ORIGINS[0]}{reverse('account_reset_password_from_key', kwargs=key)}"

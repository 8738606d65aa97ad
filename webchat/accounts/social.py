"""People who come from an identity provider: who gets in, and as what."""

import logging
import re
from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from webchat.accounts.roles import follow_group
from webchat.audit import record
from webchat.models import AuditRecord, User

log = logging.getLogger(__name__)

ERROR = re.compile(r'"error"\s*:\s*"([a-z_]{1,40})"')  # RFC 6749, section 5.2


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # it has no types
    """The policy of sign-up is that of the site; nobody is recognised by an e-mail address.

    Whoever has an account here already connects it on the account page, signed in to both.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if not settings.HAS_MAIL:  # nobody could confirm an address, and nothing is sent to it
            sociallogin.email_addresses = []
            if not sociallogin.is_existing:
                sociallogin.user.email = ""
        follow_group(sociallogin.user, _groups(sociallogin), request)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        if user.is_superuser:
            action = AuditRecord.Action.ROLE_CHANGED
            record(action, actor=user, subject=user, request=request, by="identity provider")
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        """The page tells the person; this tells the operator, without what the provider said."""
        reason = ERROR.search(str(exception or ""))
        words = f"{type(exception).__name__} {reason[1] if reason else ''}" if exception else error
        log.warning("a sign-in through the identity provider failed: %s", words)
        record(AuditRecord.Action.SIGN_IN_FAILED, request=request, through="identity provider")


def _groups(sociallogin: Any) -> set[str]:
    """The claim `groups`, of the id token or of the userinfo; their `sub` is the same."""
    data = sociallogin.account.extra_data
    found: set[str] = set()
    for source in ("id_token", "userinfo"):
        claim = (data.get(source) or {}).get("groups") or []
        found.update([claim] if isinstance(claim, str) else map(str, claim))
    return found

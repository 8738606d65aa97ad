"""How this installation uses django-allauth."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from webchat.accounts.administrators import administrator_exists
from webchat.accounts.stages import LOGIN_STAGES
from webchat.installation import installation
from webchat.logs.client import UNKNOWN, client_address
from webchat.models import User

log = logging.getLogger(__name__)

SELF_EVIDENT = {
    "account/messages/email_confirmation_sent.txt",
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # it has no types
    """Who may sign up is a setting; the first account is always the administrator's."""

    # --- who gets in ---

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP != "closed" and administrator_exists()

    def new_user(self, request: HttpRequest) -> User:
        """Somebody who signs up, however they do it."""
        waits = settings.SIGNUP == "approval"
        return User(is_active=not waits, awaits_approval=waits)

    def get_login_stages(self) -> list[str]:
        return LOGIN_STAGES

    def pre_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponseBase | None:
        """Who waits goes through the stages: an address is confirmed before anybody looks."""
        if user.awaits_approval:
            return None
        refusal: HttpResponseBase | None = super().pre_login(request, user, **more)
        return refusal

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponseBase:
        """Only who knows the password comes this far."""
        return redirect("account_waiting" if user.awaits_approval else "account_inactive")

    def get_client_ip(self, request: HttpRequest) -> str:
        """The same address that the log tells. Raises PermissionDenied where none is known."""
        said = request.headers.get("x-forwarded-for", "")
        address = client_address(said, request.META.get("REMOTE_ADDR") or "")
        if address == UNKNOWN:
            raise PermissionDenied
        return address

    # --- what is said ---

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Say it on the next page, unless the page itself shows it."""
        if message_template not in SELF_EVIDENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    # --- mail ---

    def format_email_subject(self, subject: str) -> str:
        return f"[{installation().name}] {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail, or say that it could not be sent: the page itself works all the same."""
        home = f"{settings.ORIGINS[0]}{settings.LOGIN_REDIRECT_URL}"
        try:
            super().send_mail(template_prefix, email, context | {"home": home})
        except OSError as error:  # smtplib's errors are some
            log.error("a mail could not be sent: %s", _shown(error))
            problem = _(
                "A mail could not be sent. Try again later, or tell whoever runs this site."
            )
            self.add_message(self.request, messages.ERROR, message=problem)


def _shown(error: OSError) -> str:
    """What the log may know: not the text of the server, which repeats addresses."""
    code = getattr(error, "smtp_code", None) or error.errno or ""
    return f"{type(error).__name__} {code}".strip()

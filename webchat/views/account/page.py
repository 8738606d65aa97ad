"""Your account: what you say about yourself, and the ways to everything else about it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from webchat.accounts.sessions import sessions_of
from webchat.forms.profile import ProfileForm
from webchat.models import User
from webchat.views.people import person, seen_in_own_time
from webchat.views.preferences import keep

Type = Authenticator.Type


def _second_factor(user: User) -> dict[str, Any]:
    """Which ones there are, in one query."""
    found = list(Authenticator.objects.filter(user=user))
    codes = next((one for one in found if one.type == Type.RECOVERY_CODES), None)
    return {
        "app": any(one.type == Type.TOTP for one in found),
        "passkeys": sum(one.type == Type.WEBAUTHN for one in found),
        "has_codes": codes is not None,
        "codes": len(codes.wrap().get_unused_codes()) if codes else 0,
    }


def _address(user: User) -> EmailAddress | None:
    """The address mail goes to, or the one that still has to be confirmed."""
    order = ("-primary", "-verified")
    found: EmailAddress | None = EmailAddress.objects.filter(user=user).order_by(*order).first()
    return found


def _save(request: HttpRequest, form: ProfileForm) -> HttpResponse:
    form.save()
    language = form.cleaned_data["language"]
    with override(language):
        messages.success(request, _("Saved."))
    response = redirect("account")
    keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@seen_in_own_time
def account(request: HttpRequest) -> HttpResponse:
    """The page, and its form."""
    user = person(request)
    language = get_language() or settings.LANGUAGE_CODE
    form = ProfileForm(request.POST or None, instance=user, language=language)
    if form.is_valid():
        return _save(request, form)
    context = _second_factor(user) | {"form": form, "has_mail": settings.HAS_MAIL}
    context["oidc_name"] = settings.OIDC_NAME if settings.HAS_OIDC else ""
    context["is_connected"] = settings.HAS_OIDC and SocialAccount.objects.filter(user=user).exists()
    context["sessions"] = len(sessions_of(user))
    if settings.HAS_MAIL:
        context["address"] = _address(user)
    return render(request, "account/page.html", context)

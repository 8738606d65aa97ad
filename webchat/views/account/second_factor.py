"""What allauth's pages on second factors lack."""

from allauth.account.decorators import reauthentication_required
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def totp_picture(request: HttpRequest) -> HttpResponse:
    """The secret that the page offers to an app, as a picture; the policy allows no `data:`."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = get_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    return HttpResponse(picture, content_type="image/svg+xml")

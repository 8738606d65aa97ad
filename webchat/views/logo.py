"""The logo of the installation, which is a PNG that we made ourselves."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from webchat.downloads import SANDBOX, YEAR
from webchat.installation import installation


@login_not_required
@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """The picture behind its own digest: the sign-in page has it too, and it never changes."""
    site = installation()
    if not digest or digest != site.logo_digest:
        raise Http404
    headers = {
        "Cache-Control": f"public, max-age={YEAR}, immutable",
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(site.logo), content_type="image/png", headers=headers)

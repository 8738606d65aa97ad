"""For the program that watches this one."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse


@login_not_required
async def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the event loop turns. It asks nothing else, so it never fails for another."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})

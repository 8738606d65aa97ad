"""The figures of this process, for Prometheus."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder

from webchat.metrics.instruments import registry


@login_not_required
@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has METRICS_TOKEN; without one there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _is_allowed(request):
        refusal = HttpResponse("METRICS_TOKEN is needed.\n", content_type="text/plain", status=401)
        refusal["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refusal
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    # On the loop: several figures are counted as they are asked for, in what only the loop touches.
    return HttpResponse(
        encode(registry), content_type=content_type, headers={"Cache-Control": "no-store"}
    )


def _is_allowed(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(token, settings.METRICS_TOKEN)

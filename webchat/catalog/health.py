"""How endpoints have been doing, from what became of their answers."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webchat.models import Endpoint, EndpointModel, Message, Outcome

RECENT = timedelta(hours=24)

# The codes of providers/errors.py, in a word or two.
KINDS: dict[str, Promise] = {
    "authentication_failed": _("key refused"),
    "rate_limited": _("too many requests"),
    "model_not_found": _("model unknown"),
    "request_rejected": _("request rejected"),
    "context_too_long": _("conversation too long"),
    "content_blocked": _("stopped by a filter"),
    "unavailable": _("not reachable"),
    "timeout": _("no answer in time"),
    "unexpected_response": _("answer unreadable"),
    "provider_error": _("fault in the program"),
}

Status = Message.Status


def with_health(endpoints: QuerySet[Endpoint]) -> Any:
    """The same with `last_success`, `last_failure`, `last_failure_code`, `recent` and `failed`.

    `recent` are the answers of the last 24 hours that ended by themselves, `failed` those of them
    that failed; both are None without any. What a person stopped, or a restart, says nothing.
    """
    mine = Outcome.objects.filter(endpoint=OuterRef("pk"))
    failures = mine.filter(status=Status.FAILED).order_by("-ended_at")
    successes = mine.filter(status=Status.COMPLETE).order_by("-ended_at")
    return endpoints.annotate(
        last_success=Subquery(successes.values("ended_at")[:1]),
        last_failure=Subquery(failures.values("ended_at")[:1]),
        last_failure_code=Subquery(failures.values("error_code")[:1]),
        recent=_recent(mine, Q(status__in=[Status.COMPLETE, Status.FAILED])),
        failed=_recent(mine, Q(status=Status.FAILED)),
    )


def with_offered(endpoints: QuerySet[Endpoint]) -> Any:
    """The same with `offered_models`, how many can be chosen; None where that is none."""
    offered = EndpointModel.objects.offered().filter(endpoint=OuterRef("pk")).order_by()
    count = offered.values("endpoint").annotate(number=Count("pk")).values("number")
    return endpoints.annotate(offered_models=Subquery(count))


def _recent(mine: QuerySet[Outcome], which: Q) -> Subquery:
    """How many of the last 24 hours; None for none."""
    ended = mine.filter(which, ended_at__gte=timezone.now() - RECENT).order_by()
    return Subquery(ended.values("endpoint").annotate(number=Count("pk")).values("number"))

"""Answers for scripts: the same views serve forms and `fetch`."""

from django.http import HttpRequest, JsonResponse

from webchat.generation.errors import Refused

STATUS = {"not_found": 404, "busy": 429, "too_large": 413, "too_long": 413, "failed": 503}


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def refusal_status(refusal: Refused) -> int:
    """The HTTP status of a refusal; 400 where none says it better."""
    return STATUS.get(refusal.code, 400)


def refused_json(refusal: Refused) -> JsonResponse:
    body = {"code": refusal.code, "message": refusal.message}
    return JsonResponse(body, status=refusal_status(refusal))
